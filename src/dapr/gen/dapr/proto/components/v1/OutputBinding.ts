// Original file: proto/dapr/proto/components/v1/bindings.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { InvokeRequest as _dapr_proto_components_v1_InvokeRequest, InvokeRequest__Output as _dapr_proto_components_v1_InvokeRequest__Output } from '../../../../dapr/proto/components/v1/InvokeRequest.ts';
import type { InvokeResponse as _dapr_proto_components_v1_InvokeResponse, InvokeResponse__Output as _dapr_proto_components_v1_InvokeResponse__Output } from '../../../../dapr/proto/components/v1/InvokeResponse.ts';
import type { ListOperationsRequest as _dapr_proto_components_v1_ListOperationsRequest, ListOperationsRequest__Output as _dapr_proto_components_v1_ListOperationsRequest__Output } from '../../../../dapr/proto/components/v1/ListOperationsRequest.ts';
import type { ListOperationsResponse as _dapr_proto_components_v1_ListOperationsResponse, ListOperationsResponse__Output as _dapr_proto_components_v1_ListOperationsResponse__Output } from '../../../../dapr/proto/components/v1/ListOperationsResponse.ts';
import type { OutputBindingInitRequest as _dapr_proto_components_v1_OutputBindingInitRequest, OutputBindingInitRequest__Output as _dapr_proto_components_v1_OutputBindingInitRequest__Output } from '../../../../dapr/proto/components/v1/OutputBindingInitRequest.ts';
import type { OutputBindingInitResponse as _dapr_proto_components_v1_OutputBindingInitResponse, OutputBindingInitResponse__Output as _dapr_proto_components_v1_OutputBindingInitResponse__Output } from '../../../../dapr/proto/components/v1/OutputBindingInitResponse.ts';
import type { PingRequest as _dapr_proto_components_v1_PingRequest, PingRequest__Output as _dapr_proto_components_v1_PingRequest__Output } from '../../../../dapr/proto/components/v1/PingRequest.ts';
import type { PingResponse as _dapr_proto_components_v1_PingResponse, PingResponse__Output as _dapr_proto_components_v1_PingResponse__Output } from '../../../../dapr/proto/components/v1/PingResponse.ts';

export interface OutputBindingClient extends grpc.Client {
  Init(argument: _dapr_proto_components_v1_OutputBindingInitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_OutputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  Init(argument: _dapr_proto_components_v1_OutputBindingInitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_dapr_proto_components_v1_OutputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  Init(argument: _dapr_proto_components_v1_OutputBindingInitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_OutputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  Init(argument: _dapr_proto_components_v1_OutputBindingInitRequest, callback: grpc.requestCallback<_dapr_proto_components_v1_OutputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  init(argument: _dapr_proto_components_v1_OutputBindingInitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_OutputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  init(argument: _dapr_proto_components_v1_OutputBindingInitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_dapr_proto_components_v1_OutputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  init(argument: _dapr_proto_components_v1_OutputBindingInitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_OutputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  init(argument: _dapr_proto_components_v1_OutputBindingInitRequest, callback: grpc.requestCallback<_dapr_proto_components_v1_OutputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  
  Invoke(argument: _dapr_proto_components_v1_InvokeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_InvokeResponse__Output>): grpc.ClientUnaryCall;
  Invoke(argument: _dapr_proto_components_v1_InvokeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_dapr_proto_components_v1_InvokeResponse__Output>): grpc.ClientUnaryCall;
  Invoke(argument: _dapr_proto_components_v1_InvokeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_InvokeResponse__Output>): grpc.ClientUnaryCall;
  Invoke(argument: _dapr_proto_components_v1_InvokeRequest, callback: grpc.requestCallback<_dapr_proto_components_v1_InvokeResponse__Output>): grpc.ClientUnaryCall;
  invoke(argument: _dapr_proto_components_v1_InvokeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_InvokeResponse__Output>): grpc.ClientUnaryCall;
  invoke(argument: _dapr_proto_components_v1_InvokeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_dapr_proto_components_v1_InvokeResponse__Output>): grpc.ClientUnaryCall;
  invoke(argument: _dapr_proto_components_v1_InvokeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_InvokeResponse__Output>): grpc.ClientUnaryCall;
  invoke(argument: _dapr_proto_components_v1_InvokeRequest, callback: grpc.requestCallback<_dapr_proto_components_v1_InvokeResponse__Output>): grpc.ClientUnaryCall;
  
  ListOperations(argument: _dapr_proto_components_v1_ListOperationsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_ListOperationsResponse__Output>): grpc.ClientUnaryCall;
  ListOperations(argument: _dapr_proto_components_v1_ListOperationsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_dapr_proto_components_v1_ListOperationsResponse__Output>): grpc.ClientUnaryCall;
  ListOperations(argument: _dapr_proto_components_v1_ListOperationsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_ListOperationsResponse__Output>): grpc.ClientUnaryCall;
  ListOperations(argument: _dapr_proto_components_v1_ListOperationsRequest, callback: grpc.requestCallback<_dapr_proto_components_v1_ListOperationsResponse__Output>): grpc.ClientUnaryCall;
  listOperations(argument: _dapr_proto_components_v1_ListOperationsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_ListOperationsResponse__Output>): grpc.ClientUnaryCall;
  listOperations(argument: _dapr_proto_components_v1_ListOperationsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_dapr_proto_components_v1_ListOperationsResponse__Output>): grpc.ClientUnaryCall;
  listOperations(argument: _dapr_proto_components_v1_ListOperationsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_ListOperationsResponse__Output>): grpc.ClientUnaryCall;
  listOperations(argument: _dapr_proto_components_v1_ListOperationsRequest, callback: grpc.requestCallback<_dapr_proto_components_v1_ListOperationsResponse__Output>): grpc.ClientUnaryCall;
  
  Ping(argument: _dapr_proto_components_v1_PingRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  Ping(argument: _dapr_proto_components_v1_PingRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  Ping(argument: _dapr_proto_components_v1_PingRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  Ping(argument: _dapr_proto_components_v1_PingRequest, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  ping(argument: _dapr_proto_components_v1_PingRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  ping(argument: _dapr_proto_components_v1_PingRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  ping(argument: _dapr_proto_components_v1_PingRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  ping(argument: _dapr_proto_components_v1_PingRequest, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface OutputBindingHandlers extends grpc.UntypedServiceImplementation {
  Init: grpc.handleUnaryCall<_dapr_proto_components_v1_OutputBindingInitRequest__Output, _dapr_proto_components_v1_OutputBindingInitResponse>;
  
  Invoke: grpc.handleUnaryCall<_dapr_proto_components_v1_InvokeRequest__Output, _dapr_proto_components_v1_InvokeResponse>;
  
  ListOperations: grpc.handleUnaryCall<_dapr_proto_components_v1_ListOperationsRequest__Output, _dapr_proto_components_v1_ListOperationsResponse>;
  
  Ping: grpc.handleUnaryCall<_dapr_proto_components_v1_PingRequest__Output, _dapr_proto_components_v1_PingResponse>;
  
}

export interface OutputBindingDefinition extends grpc.ServiceDefinition {
  Init: MethodDefinition<_dapr_proto_components_v1_OutputBindingInitRequest, _dapr_proto_components_v1_OutputBindingInitResponse, _dapr_proto_components_v1_OutputBindingInitRequest__Output, _dapr_proto_components_v1_OutputBindingInitResponse__Output>
  Invoke: MethodDefinition<_dapr_proto_components_v1_InvokeRequest, _dapr_proto_components_v1_InvokeResponse, _dapr_proto_components_v1_InvokeRequest__Output, _dapr_proto_components_v1_InvokeResponse__Output>
  ListOperations: MethodDefinition<_dapr_proto_components_v1_ListOperationsRequest, _dapr_proto_components_v1_ListOperationsResponse, _dapr_proto_components_v1_ListOperationsRequest__Output, _dapr_proto_components_v1_ListOperationsResponse__Output>
  Ping: MethodDefinition<_dapr_proto_components_v1_PingRequest, _dapr_proto_components_v1_PingResponse, _dapr_proto_components_v1_PingRequest__Output, _dapr_proto_components_v1_PingResponse__Output>
}
