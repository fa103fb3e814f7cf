// Command kwok plays the nodes of a local cluster: upstream's kwok moves the pods through their stages, and a small
// kubelet endpoint beside it answers `kubectl exec` (exec.go). It takes kwok's own flags; the endpoint is set up
// through the environment, because kwok refuses flags that it does not know.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"
	"sigs.k8s.io/kwok/pkg/config"
	"sigs.k8s.io/kwok/pkg/kwok/cmd"
	"sigs.k8s.io/kwok/pkg/log"
	"sigs.k8s.io/kwok/pkg/utils/signals"
)

func main() {
	if os.Getenv("SLACKTIDE_LEASH") == "stdin" {
		go exitWhenStdinCloses()
	}
	go func() { fail("exec endpoint", serveExec()) }()
	fail("kwok", runKwok())
	os.Exit(0)
}

func runKwok() error {
	flags := pflag.NewFlagSet("kwok", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true // the command below parses the rest
	flags.Usage = func() {}
	ctx, _ := log.InitFlags(signals.SetupSignalContext(), flags)
	ctx, err := config.InitFlags(ctx, flags)
	if err != nil {
		return err
	}
	command := cmd.NewCommand(ctx)
	command.PersistentFlags().AddFlagSet(flags)
	return command.ExecuteContext(ctx)
}

// The supervisor holds the other end of stdin and never writes: its end, however violent, ends this process too.
func exitWhenStdinCloses() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func fail(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}
