/** Sends operations of one protocol, as part of the load or singly. */
import type { Endpoints } from './target-pool.ts';

/** Of one operation that was sent singly. */
export interface OperationResult {
  /** `null`: it came back well; otherwise the kind of error. */
  error: string | null;
  /** It was surely not done, so that another endpoint may be tried. */
  undone: boolean;
  /** What came back, as text: a body, a value, the first column of the rows. */
  text: string;
}

/** `OperationSpec`: an operation as the story writes it. */
export interface ProtocolClient<OperationSpec> extends Endpoints {
  /** One operation at one endpoint; never rejects, and takes no longer than the load's time-out. */
  perform(
    operation: OperationSpec,
    endpoint: number,
    key: number,
    value: string,
  ): Promise<OperationResult>;
  /** Names an operation in a message, without what may be secret in it: `POST /write`. */
  describe(operation: OperationSpec): string;
  /** All texts in it that may hold placeholders. */
  textsOf(operation: OperationSpec): readonly string[];
}

/** Tries the endpoints in order until the operation is done, or may have been done. */
export async function performAnywhere<OperationSpec>(
  client: ProtocolClient<OperationSpec>,
  operation: OperationSpec,
  key: number,
  value: string,
): Promise<OperationResult> {
  for (let endpoint = 0; ; endpoint++) {
    const result = await client.perform(operation, endpoint, key, value);
    if (!result.undone || endpoint + 1 >= client.count) return result;
  }
}
