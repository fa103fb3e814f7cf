import { networkError, statusError } from "../../../src/kube/answers.ts";
import type { HttpCall, Transport } from "../../../src/kube/transport.ts";
import { ByteStream } from "../byte-stream.ts";
import { ApiError, ApiServer } from "../server/server.ts";

const encoder = new TextEncoder();

/** The model of the API server behind a transport that loses and delays nothing. */
export function modelTransport(server: ApiServer): Transport {
  const caller = { identity: "user" };
  return {
    request: async <T>(call: HttpCall): Promise<T> =>
      answered(call, () => {
        server.admit(call, caller);
        return server.carryOut(call, caller) as T; // the server answers in its schema
      }),
    stream: async (call) =>
      answered(call, () => {
        const session = server.watch(call);
        const stream = new ByteStream();
        const send = (): void => {
          if (session.hasLines) stream.send(encoder.encode(session.read()));
        };
        session.onLines = send;
        send();
        call.signal?.addEventListener("abort", () => stream.break(networkError(call, call.signal?.reason)), { once: true });
        return stream;
      }),
    serverDate: () => undefined,
  };
}

function answered<T>(call: HttpCall, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw statusError(call, error.code, error.headers, JSON.stringify(error.body));
  }
}
