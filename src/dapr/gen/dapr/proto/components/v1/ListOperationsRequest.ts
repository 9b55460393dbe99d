// Original file: proto/dapr/proto/components/v1/bindings.proto


export interface ListOperationsRequest {
}

export interface ListOperationsRequest__Output {
}
