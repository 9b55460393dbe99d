import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { AckResponseError as _dapr_proto_components_v1_AckResponseError, AckResponseError__Output as _dapr_proto_components_v1_AckResponseError__Output } from './dapr/proto/components/v1/AckResponseError.ts';
import type { FeaturesRequest as _dapr_proto_components_v1_FeaturesRequest, FeaturesRequest__Output as _dapr_proto_components_v1_FeaturesRequest__Output } from './dapr/proto/components/v1/FeaturesRequest.ts';
import type { FeaturesResponse as _dapr_proto_components_v1_FeaturesResponse, FeaturesResponse__Output as _dapr_proto_components_v1_FeaturesResponse__Output } from './dapr/proto/components/v1/FeaturesResponse.ts';
import type { InputBindingClient as _dapr_proto_components_v1_InputBindingClient, InputBindingDefinition as _dapr_proto_components_v1_InputBindingDefinition } from './dapr/proto/components/v1/InputBinding.ts';
import type { InputBindingInitRequest as _dapr_proto_components_v1_InputBindingInitRequest, InputBindingInitRequest__Output as _dapr_proto_components_v1_InputBindingInitRequest__Output } from './dapr/proto/components/v1/InputBindingInitRequest.ts';
import type { InputBindingInitResponse as _dapr_proto_components_v1_InputBindingInitResponse, InputBindingInitResponse__Output as _dapr_proto_components_v1_InputBindingInitResponse__Output } from './dapr/proto/components/v1/InputBindingInitResponse.ts';
import type { InvokeRequest as _dapr_proto_components_v1_InvokeRequest, InvokeRequest__Output as _dapr_proto_components_v1_InvokeRequest__Output } from './dapr/proto/components/v1/InvokeRequest.ts';
import type { InvokeResponse as _dapr_proto_components_v1_InvokeResponse, InvokeResponse__Output as _dapr_proto_components_v1_InvokeResponse__Output } from './dapr/proto/components/v1/InvokeResponse.ts';
import type { ListOperationsRequest as _dapr_proto_components_v1_ListOperationsRequest, ListOperationsRequest__Output as _dapr_proto_components_v1_ListOperationsRequest__Output } from './dapr/proto/components/v1/ListOperationsRequest.ts';
import type { ListOperationsResponse as _dapr_proto_components_v1_ListOperationsResponse, ListOperationsResponse__Output as _dapr_proto_components_v1_ListOperationsResponse__Output } from './dapr/proto/components/v1/ListOperationsResponse.ts';
import type { MetadataRequest as _dapr_proto_components_v1_MetadataRequest, MetadataRequest__Output as _dapr_proto_components_v1_MetadataRequest__Output } from './dapr/proto/components/v1/MetadataRequest.ts';
import type { OutputBindingClient as _dapr_proto_components_v1_OutputBindingClient, OutputBindingDefinition as _dapr_proto_components_v1_OutputBindingDefinition } from './dapr/proto/components/v1/OutputBinding.ts';
import type { OutputBindingInitRequest as _dapr_proto_components_v1_OutputBindingInitRequest, OutputBindingInitRequest__Output as _dapr_proto_components_v1_OutputBindingInitRequest__Output } from './dapr/proto/components/v1/OutputBindingInitRequest.ts';
import type { OutputBindingInitResponse as _dapr_proto_components_v1_OutputBindingInitResponse, OutputBindingInitResponse__Output as _dapr_proto_components_v1_OutputBindingInitResponse__Output } from './dapr/proto/components/v1/OutputBindingInitResponse.ts';
import type { PingRequest as _dapr_proto_components_v1_PingRequest, PingRequest__Output as _dapr_proto_components_v1_PingRequest__Output } from './dapr/proto/components/v1/PingRequest.ts';
import type { PingResponse as _dapr_proto_components_v1_PingResponse, PingResponse__Output as _dapr_proto_components_v1_PingResponse__Output } from './dapr/proto/components/v1/PingResponse.ts';
import type { ReadRequest as _dapr_proto_components_v1_ReadRequest, ReadRequest__Output as _dapr_proto_components_v1_ReadRequest__Output } from './dapr/proto/components/v1/ReadRequest.ts';
import type { ReadResponse as _dapr_proto_components_v1_ReadResponse, ReadResponse__Output as _dapr_proto_components_v1_ReadResponse__Output } from './dapr/proto/components/v1/ReadResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  dapr: {
    proto: {
      components: {
        v1: {
          AckResponseError: MessageTypeDefinition<_dapr_proto_components_v1_AckResponseError, _dapr_proto_components_v1_AckResponseError__Output>
          FeaturesRequest: MessageTypeDefinition<_dapr_proto_components_v1_FeaturesRequest, _dapr_proto_components_v1_FeaturesRequest__Output>
          FeaturesResponse: MessageTypeDefinition<_dapr_proto_components_v1_FeaturesResponse, _dapr_proto_components_v1_FeaturesResponse__Output>
          InputBinding: SubtypeConstructor<typeof grpc.Client, _dapr_proto_components_v1_InputBindingClient> & { service: _dapr_proto_components_v1_InputBindingDefinition }
          InputBindingInitRequest: MessageTypeDefinition<_dapr_proto_components_v1_InputBindingInitRequest, _dapr_proto_components_v1_InputBindingInitRequest__Output>
          InputBindingInitResponse: MessageTypeDefinition<_dapr_proto_components_v1_InputBindingInitResponse, _dapr_proto_components_v1_InputBindingInitResponse__Output>
          InvokeRequest: MessageTypeDefinition<_dapr_proto_components_v1_InvokeRequest, _dapr_proto_components_v1_InvokeRequest__Output>
          InvokeResponse: MessageTypeDefinition<_dapr_proto_components_v1_InvokeResponse, _dapr_proto_components_v1_InvokeResponse__Output>
          ListOperationsRequest: MessageTypeDefinition<_dapr_proto_components_v1_ListOperationsRequest, _dapr_proto_components_v1_ListOperationsRequest__Output>
          ListOperationsResponse: MessageTypeDefinition<_dapr_proto_components_v1_ListOperationsResponse, _dapr_proto_components_v1_ListOperationsResponse__Output>
          MetadataRequest: MessageTypeDefinition<_dapr_proto_components_v1_MetadataRequest, _dapr_proto_components_v1_MetadataRequest__Output>
          OutputBinding: SubtypeConstructor<typeof grpc.Client, _dapr_proto_components_v1_OutputBindingClient> & { service: _dapr_proto_components_v1_OutputBindingDefinition }
          OutputBindingInitRequest: MessageTypeDefinition<_dapr_proto_components_v1_OutputBindingInitRequest, _dapr_proto_components_v1_OutputBindingInitRequest__Output>
          OutputBindingInitResponse: MessageTypeDefinition<_dapr_proto_components_v1_OutputBindingInitResponse, _dapr_proto_components_v1_OutputBindingInitResponse__Output>
          PingRequest: MessageTypeDefinition<_dapr_proto_components_v1_PingRequest, _dapr_proto_components_v1_PingRequest__Output>
          PingResponse: MessageTypeDefinition<_dapr_proto_components_v1_PingResponse, _dapr_proto_components_v1_PingResponse__Output>
          ReadRequest: MessageTypeDefinition<_dapr_proto_components_v1_ReadRequest, _dapr_proto_components_v1_ReadRequest__Output>
          ReadResponse: MessageTypeDefinition<_dapr_proto_components_v1_ReadResponse, _dapr_proto_components_v1_ReadResponse__Output>
        }
      }
    }
  }
}

