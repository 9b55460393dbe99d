// Original file: proto/dapr/proto/components/v1/bindings.proto


export interface ListOperationsResponse {
  'operations'?: (string)[];
}

export interface ListOperationsResponse__Output {
  'operations': (string)[];
}
