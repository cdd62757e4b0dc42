/** Some requests of a load are traced: they carry a `traceparent`, so that those who serve them find them in their own tracing. Types only. */

/** Called before each request that can be traced; null: this one is not. `name`: without what may be secret in it. */
export type TraceRequest = (request: {
  name: string;
  method: string;
  url: URL;
}) => TracedRequest | null;

export interface TracedRequest {
  /** Of the W3C's Trace Context. */
  traceparent: string;
  /** Once. `status`: null where none came back. `error`: the kind of error; null: it came back well. */
  end(status: number | null, error: string | null): void;
}
