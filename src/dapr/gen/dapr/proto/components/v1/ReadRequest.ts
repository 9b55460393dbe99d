// Original file: proto/dapr/proto/components/v1/bindings.proto

import type { AckResponseError as _dapr_proto_components_v1_AckResponseError, AckResponseError__Output as _dapr_proto_components_v1_AckResponseError__Output } from '../../../../dapr/proto/components/v1/AckResponseError.ts';

export interface ReadRequest {
  'response_data'?: (Buffer | Uint8Array | string);
  'message_id'?: (string);
  'response_error'?: (_dapr_proto_components_v1_AckResponseError | null);
}

export interface ReadRequest__Output {
  'response_data': (Buffer);
  'message_id': (string);
  'response_error': (_dapr_proto_components_v1_AckResponseError__Output | null);
}
