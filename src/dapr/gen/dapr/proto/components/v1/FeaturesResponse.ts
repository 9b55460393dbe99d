// Original file: proto/dapr/proto/components/v1/common.proto


export interface FeaturesResponse {
  'features'?: (string)[];
}

export interface FeaturesResponse__Output {
  'features': (string)[];
}
