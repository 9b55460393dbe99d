import type { InvokeRequest, InvokeResponse } from "../dapr/binding.ts";
import type { PublishOptions, Readers } from "../dapr/readers.ts";
import { forwardableMetadata } from "./event-metadata.ts";

/**
 * The operation `get`: hands data and metadata of the call to the app that reads, and answers with
 * the app's answer.
 *
 * @throws {BindingError} when nobody reads, the app fails, or no answer comes in time
 */
export async function get(
  { data, metadata }: InvokeRequest,
  { readers, ...options }: PublishOptions & { readonly readers: Readers },
): Promise<InvokeResponse> {
  const event = { data, metadata: forwardableMetadata(metadata) };
  return { data: await readers.publish(event, options) };
}
