// Original file: proto/dapr/proto/components/v1/bindings.proto


export interface OutputBindingInitResponse {
}

export interface OutputBindingInitResponse__Output {
}
