// Original file: proto/dapr/proto/components/v1/bindings.proto


export interface InvokeRequest {
  'data'?: (Buffer | Uint8Array | string);
  'metadata'?: ({[key: string]: string});
  'operation'?: (string);
}

export interface InvokeRequest__Output {
  'data': (Buffer);
  'metadata': ({[key: string]: string});
  'operation': (string);
}
