// Original file: proto/dapr/proto/components/v1/bindings.proto


export interface ReadResponse {
  'data'?: (Buffer | Uint8Array | string);
  'metadata'?: ({[key: string]: string});
  'content_type'?: (string);
  'message_id'?: (string);
}

export interface ReadResponse__Output {
  'data': (Buffer);
  'metadata': ({[key: string]: string});
  'content_type': (string);
  'message_id': (string);
}
