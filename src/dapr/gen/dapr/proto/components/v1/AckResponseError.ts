// Original file: proto/dapr/proto/components/v1/bindings.proto


export interface AckResponseError {
  'message'?: (string);
}

export interface AckResponseError__Output {
  'message': (string);
}
