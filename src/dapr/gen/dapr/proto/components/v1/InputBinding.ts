// Original file: proto/dapr/proto/components/v1/bindings.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { InputBindingInitRequest as _dapr_proto_components_v1_InputBindingInitRequest, InputBindingInitRequest__Output as _dapr_proto_components_v1_InputBindingInitRequest__Output } from '../../../../dapr/proto/components/v1/InputBindingInitRequest.ts';
import type { InputBindingInitResponse as _dapr_proto_components_v1_InputBindingInitResponse, InputBindingInitResponse__Output as _dapr_proto_components_v1_InputBindingInitResponse__Output } from '../../../../dapr/proto/components/v1/InputBindingInitResponse.ts';
import type { PingRequest as _dapr_proto_components_v1_PingRequest, PingRequest__Output as _dapr_proto_components_v1_PingRequest__Output } from '../../../../dapr/proto/components/v1/PingRequest.ts';
import type { PingResponse as _dapr_proto_components_v1_PingResponse, PingResponse__Output as _dapr_proto_components_v1_PingResponse__Output } from '../../../../dapr/proto/components/v1/PingResponse.ts';
import type { ReadRequest as _dapr_proto_components_v1_ReadRequest, ReadRequest__Output as _dapr_proto_components_v1_ReadRequest__Output } from '../../../../dapr/proto/components/v1/ReadRequest.ts';
import type { ReadResponse as _dapr_proto_components_v1_ReadResponse, ReadResponse__Output as _dapr_proto_components_v1_ReadResponse__Output } from '../../../../dapr/proto/components/v1/ReadResponse.ts';

export interface InputBindingClient extends grpc.Client {
  Init(argument: _dapr_proto_components_v1_InputBindingInitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_InputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  Init(argument: _dapr_proto_components_v1_InputBindingInitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_dapr_proto_components_v1_InputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  Init(argument: _dapr_proto_components_v1_InputBindingInitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_InputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  Init(argument: _dapr_proto_components_v1_InputBindingInitRequest, callback: grpc.requestCallback<_dapr_proto_components_v1_InputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  init(argument: _dapr_proto_components_v1_InputBindingInitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_InputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  init(argument: _dapr_proto_components_v1_InputBindingInitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_dapr_proto_components_v1_InputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  init(argument: _dapr_proto_components_v1_InputBindingInitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_InputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  init(argument: _dapr_proto_components_v1_InputBindingInitRequest, callback: grpc.requestCallback<_dapr_proto_components_v1_InputBindingInitResponse__Output>): grpc.ClientUnaryCall;
  
  Ping(argument: _dapr_proto_components_v1_PingRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  Ping(argument: _dapr_proto_components_v1_PingRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  Ping(argument: _dapr_proto_components_v1_PingRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  Ping(argument: _dapr_proto_components_v1_PingRequest, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  ping(argument: _dapr_proto_components_v1_PingRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  ping(argument: _dapr_proto_components_v1_PingRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  ping(argument: _dapr_proto_components_v1_PingRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  ping(argument: _dapr_proto_components_v1_PingRequest, callback: grpc.requestCallback<_dapr_proto_components_v1_PingResponse__Output>): grpc.ClientUnaryCall;
  
  Read(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_dapr_proto_components_v1_ReadRequest, _dapr_proto_components_v1_ReadResponse__Output>;
  Read(options?: grpc.CallOptions): grpc.ClientDuplexStream<_dapr_proto_components_v1_ReadRequest, _dapr_proto_components_v1_ReadResponse__Output>;
  read(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_dapr_proto_components_v1_ReadRequest, _dapr_proto_components_v1_ReadResponse__Output>;
  read(options?: grpc.CallOptions): grpc.ClientDuplexStream<_dapr_proto_components_v1_ReadRequest, _dapr_proto_components_v1_ReadResponse__Output>;
  
}

export interface InputBindingHandlers extends grpc.UntypedServiceImplementation {
  Init: grpc.handleUnaryCall<_dapr_proto_components_v1_InputBindingInitRequest__Output, _dapr_proto_components_v1_InputBindingInitResponse>;
  
  Ping: grpc.handleUnaryCall<_dapr_proto_components_v1_PingRequest__Output, _dapr_proto_components_v1_PingResponse>;
  
  Read: grpc.handleBidiStreamingCall<_dapr_proto_components_v1_ReadRequest__Output, _dapr_proto_components_v1_ReadResponse>;
  
}

export interface InputBindingDefinition extends grpc.ServiceDefinition {
  Init: MethodDefinition<_dapr_proto_components_v1_InputBindingInitRequest, _dapr_proto_components_v1_InputBindingInitResponse, _dapr_proto_components_v1_InputBindingInitRequest__Output, _dapr_proto_components_v1_InputBindingInitResponse__Output>
  Ping: MethodDefinition<_dapr_proto_components_v1_PingRequest, _dapr_proto_components_v1_PingResponse, _dapr_proto_components_v1_PingRequest__Output, _dapr_proto_components_v1_PingResponse__Output>
  Read: MethodDefinition<_dapr_proto_components_v1_ReadRequest, _dapr_proto_components_v1_ReadResponse, _dapr_proto_components_v1_ReadRequest__Output, _dapr_proto_components_v1_ReadResponse__Output>
}
