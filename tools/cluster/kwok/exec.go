package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

const (
	apiServerName = "kube-apiserver-kubelet-client" // the only caller: exec runs programs of this machine
	streamTimeout = 30 * time.Second
	idleTimeout   = 4 * time.Hour // what the kubelet allows
)

// serveExec answers the API server's exec requests as a kubelet does, but runs programs of one folder only
// (SLACKTIDE_POD_BIN), and tells them by environment which pod they stand in for.
func serveExec() error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("SLACKTIDE_KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS = -1 // the default of five a second would slow every exec down
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	authority, err := os.ReadFile(os.Getenv("SLACKTIDE_EXEC_CA"))
	if err != nil {
		return err
	}
	callers := x509.NewCertPool()
	callers.AppendCertsFromPEM(authority)
	mux := http.NewServeMux()
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) {
		handleExec(w, r, client)
	})
	server := &http.Server{
		Addr:         os.Getenv("SLACKTIDE_EXEC_ADDRESS"),
		Handler:      mux,
		TLSConfig:    &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: callers, MinVersion: tls.VersionTLS12},
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}, // an upgrade to streams needs HTTP/1.1
	}
	return server.ListenAndServeTLS(os.Getenv("SLACKTIDE_EXEC_CERT"), os.Getenv("SLACKTIDE_EXEC_KEY"))
}

func handleExec(w http.ResponseWriter, r *http.Request, client kubernetes.Interface) {
	if r.TLS.PeerCertificates[0].Subject.CommonName != apiServerName {
		http.Error(w, "only the API server may ask for an exec", http.StatusForbidden)
		return
	}
	namespace, name, container := r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container")
	pod, err := client.CoreV1().Pods(namespace).Get(r.Context(), name, metav1.GetOptions{})
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	remotecommand.ServeExec(w, r, standIn{pod}, name, string(pod.UID), container, r.URL.Query()["command"], options,
		idleTimeout, streamTimeout, remotecommand.SupportedStreamingProtocols)
}

// standIn runs a program of this machine in a pod's stead.
type standIn struct{ pod *corev1.Pod }

func (s standIn) ExecInContainer(ctx context.Context, _, _, container string, command []string, stdin io.Reader,
	stdout, stderr io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	if len(command) == 0 || filepath.Base(command[0]) != command[0] {
		return fmt.Errorf("the command must be a program's bare name, got %q", command)
	}
	process := exec.CommandContext(ctx, filepath.Join(os.Getenv("SLACKTIDE_POD_BIN"), command[0]), command[1:]...)
	process.Env = append(os.Environ(), s.environment(container)...)
	process.Stdout, process.Stderr = stdout, stderr
	if stdin != nil {
		input, err := process.StdinPipe() // not process.Stdin: Wait would then wait for the caller's input to end
		if err != nil {
			return err
		}
		go func() {
			_, _ = io.Copy(input, stdin)
			_ = input.Close()
		}()
	}
	err := process.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return utilexec.ExitErrorWrapper{ExitError: exit}
	}
	return err
}

func (s standIn) environment(container string) []string {
	image := ""
	for _, each := range s.pod.Spec.Containers {
		if each.Name == container {
			image = each.Image
		}
	}
	return []string{
		"SLACKTIDE_POD_NAMESPACE=" + s.pod.Namespace,
		"SLACKTIDE_POD_NAME=" + s.pod.Name,
		"SLACKTIDE_POD_VERSION=" + s.pod.Labels["app.kubernetes.io/version"],
		"SLACKTIDE_CONTAINER=" + container,
		"SLACKTIDE_CONTAINER_IMAGE=" + image,
	}
}
