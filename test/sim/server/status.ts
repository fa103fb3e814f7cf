import { resourceOf, type ServedKind } from "./kinds.ts";

export interface StatusCause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

/** An answer that is not 2xx, with metav1.Status as its body. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly causes: readonly StatusCause[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(init: { code: number; reason: string; message: string; causes?: readonly StatusCause[]; headers?: Readonly<Record<string, string>> }) {
    super(init.message);
    this.code = init.code;
    this.reason = init.reason;
    this.causes = init.causes ?? [];
    this.headers = init.headers ?? {};
  }

  /** metav1.Status. */
  get body(): object {
    const { code, reason, message, causes } = this;
    return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, ...(causes.length > 0 && { details: { causes } }), code };
  }
}

export const notFound = (kind: ServedKind, name: string): ApiError =>
  new ApiError({ code: 404, reason: "NotFound", message: `${resourceOf(kind)} "${name}" not found` });

export const alreadyExists = (kind: ServedKind, name: string): ApiError =>
  new ApiError({ code: 409, reason: "AlreadyExists", message: `${resourceOf(kind)} "${name}" already exists` });

export const conflict = (kind: ServedKind, name: string, why = "the object has been modified; please apply your changes to the latest version and try again"): ApiError =>
  new ApiError({ code: 409, reason: "Conflict", message: `Operation cannot be fulfilled on ${resourceOf(kind)} "${name}": ${why}` });

export const gone = (why: string): ApiError => new ApiError({ code: 410, reason: "Expired", message: why });

export const forbidden = (kind: ServedKind, name: string, why: string, causes?: readonly StatusCause[]): ApiError =>
  new ApiError({ code: 403, reason: "Forbidden", message: `${resourceOf(kind)} "${name}" is forbidden: ${why}`, ...(causes && { causes }) });

export const invalid = (kind: ServedKind, name: string, cause: StatusCause & { readonly field: string }): ApiError =>
  new ApiError({ code: 422, reason: "Invalid", message: `${kind.kind} "${name}" is invalid: ${cause.field}: ${cause.message}`, causes: [cause] });

export const badRequest = (message: string): ApiError => new ApiError({ code: 400, reason: "BadRequest", message });
