// Original file: proto/dapr/proto/components/v1/bindings.proto


export interface InvokeResponse {
  'data'?: (Buffer | Uint8Array | string);
  'metadata'?: ({[key: string]: string});
  'content_type'?: (string);
}

export interface InvokeResponse__Output {
  'data': (Buffer);
  'metadata': ({[key: string]: string});
  'content_type': (string);
}
