// Original file: proto/dapr/proto/components/v1/bindings.proto


export interface InputBindingInitResponse {
}

export interface InputBindingInitResponse__Output {
}
