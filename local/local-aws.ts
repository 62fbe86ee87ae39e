import type { AwsProxy } from './aws-proxy/aws-proxy';
import { startAwsProxy } from './aws-proxy/aws-proxy';
import type { DataPlane } from './iot-streams/data-plane/data-plane';
import { startDataPlane } from './iot-streams/data-plane/data-plane';
import type { ProtocolOptions } from './iot-streams/protocol/protocol';
import { startStreamsService } from './iot-streams/start';
import type { ServiceSettings, StreamsControl } from './iot-streams/streams-service';
import type { KinesisVideo, KinesisVideoOptions } from './kinesis-video/service';
import { startLocalKinesisVideo } from './kinesis-video/start';
import type { ClientConfiguration } from './ministack/client-configuration';
import { clientConfiguration } from './ministack/client-configuration';
import type { MiniStack, MiniStackOptions } from './ministack/ministack';
import { localHost, rootCredentials, startMiniStack } from './ministack/ministack';
import { assertPortIsFree, freePorts } from './ministack/ports';

export interface LocalAwsOptions extends Pick<MiniStackOptions, 'region' | 'account' | 'gatewayPort' | 'mqttPort' | 'credentialsPort' | 'environment' | 'parentDirectory'> {
  /** The port of the streams service. @default a free port */
  readonly iotPort?: number;
  /** The port of Kinesis Video's control plane. @default a free port */
  readonly kinesisVideoPort?: number;
  /** The delays of Kinesis Video. @default no delays */
  readonly kinesisVideoDelays?: KinesisVideoOptions['delays'];
  /** The settings of the streams service. */
  readonly streams?: Omit<ServiceSettings, 'port' | 'region' | 'account'> & Pick<ProtocolOptions, 'jsonBitmap'>;
}

export interface Endpoints {
  /** The URL of every service except AWS IoT's control plane. */
  readonly gateway: string;
  /** The URL of AWS IoT's control plane, which serves streams and forwards other calls. */
  readonly iot: string;
  /** The URL of Kinesis Video's control plane. */
  readonly kinesisVideo: string;
  /** `host:port` of the MQTT broker, with mutual TLS. */
  readonly mqtt: string;
  /** `host:port` of the credentials provider for devices, with mutual TLS. */
  readonly credentials: string;
  /** A PEM file with the certificate authorities of `gateway`, `mqtt` and `credentials`. */
  readonly ca: string;
}

/** A local AWS with IoT streams. */
export interface LocalAws {
  readonly endpoints: Endpoints;
  readonly region: string;
  readonly account: string;
  /** The environment variables for the AWS CLI, the CDK CLI and the SDKs. */
  readonly environment: Readonly<Record<string, string>>;
  /** The configuration of clients of the JavaScript SDK in this process. */
  readonly clientConfiguration: ClientConfiguration;
  /** The configuration of clients of AWS IoT's control plane. */
  readonly iotClientConfiguration: ClientConfiguration;
  readonly miniStack: MiniStack;
  /** The proxy between the Lambda functions and STS, S3 and KMS. */
  readonly proxy: AwsProxy;
  readonly streams: StreamsControl;
  readonly kinesisVideo: KinesisVideo;
  /** The MQTT side of the streams service, with the faults of the network to the devices. */
  readonly dataPlane: DataPlane;
  /** Fulfilled when MiniStack has ended, on request or by itself. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

type Stop = () => Promise<unknown>;

export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  if (options.iotPort !== undefined) await assertPortIsFree(localHost, options.iotPort, 'the streams service');
  if (options.kinesisVideoPort !== undefined) await assertPortIsFree(localHost, options.kinesisVideoPort, 'Kinesis Video');
  // the ports are chosen before MiniStack starts, because its Lambda functions need the addresses of the other services
  const [proxyPort, freeIotPort, freeVideoPort, freeGatewayPort, freeMqttPort, freeCredentialsPort] = await freePorts(localHost, 6);
  const iotPort = options.iotPort ?? freeIotPort;
  const kinesisVideoPort = options.kinesisVideoPort ?? freeVideoPort;

  const stops: Stop[] = [];
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step();
  };
  try {
    const miniStack = await startMiniStack({
      ...options,
      gatewayPort: options.gatewayPort ?? freeGatewayPort,
      mqttPort: options.mqttPort ?? freeMqttPort,
      credentialsPort: options.credentialsPort ?? freeCredentialsPort,
      environment: { ...lambdaEnvironment(iotPort, kinesisVideoPort, proxyPort), ...options.environment },
    });
    stops.push(miniStack.stop);
    const { gateway, caFile, region, account, mqttHost, mqttPort } = miniStack;
    const proxy = await startAwsProxy({ gateway, caFile, port: proxyPort });
    stops.push(proxy.stop);
    const streams = await startStreamsService({
      ...options.streams,
      gateway,
      caFile,
      region,
      account,
      port: iotPort,
      sessions: proxy,
      dataEndpoint: `${mqttHost}:${mqttPort}`,
      credentialsEndpoint: miniStack.credentialsEndpoint,
    });
    stops.push(streams.stop);
    const kinesisVideo = await startLocalKinesisVideo(
      { miniStack, sessions: proxy, port: kinesisVideoPort, delays: options.kinesisVideoDelays },
    );
    stops.push(kinesisVideo.stop);
    const dataPlane = await startDataPlane({
      source: streams.source, jsonBitmap: options.streams?.jsonBitmap, mqttHost, mqttPort, gateway, caFile, region,
    });
    stops.push(dataPlane.stop);
    return {
      ...describe(miniStack, streams, kinesisVideo), miniStack, proxy, streams, kinesisVideo, dataPlane, ended: miniStack.ended, stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Only Lambda functions use the proxy: the streams service must recognise their sessions, and tests plan faults for their calls. */
function lambdaEnvironment(iotPort: number, kinesisVideoPort: number, proxyPort: number): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_IOT: `http://${localHost}:${iotPort}`,
    AWS_ENDPOINT_URL_KINESIS_VIDEO: `http://${localHost}:${kinesisVideoPort}`,
    AWS_ENDPOINT_URL_STS: `http://${localHost}:${proxyPort}`,
    AWS_ENDPOINT_URL_KMS: `http://${localHost}:${proxyPort}`,
    AWS_ENDPOINT_URL_S3: `http://${localHost}:${proxyPort}`,
  };
}

function describe(
  miniStack: MiniStack,
  streams: StreamsControl,
  kinesisVideo: KinesisVideo,
): Pick<LocalAws, 'endpoints' | 'region' | 'account' | 'environment' | 'clientConfiguration' | 'iotClientConfiguration'> {
  const { region, account } = miniStack;
  const endpoints: Endpoints = {
    gateway: miniStack.gateway,
    iot: streams.url,
    kinesisVideo: kinesisVideo.url,
    mqtt: `${miniStack.mqttHost}:${miniStack.mqttPort}`,
    credentials: miniStack.credentialsEndpoint,
    ca: miniStack.caFile,
  };
  const configuration = clientConfiguration(miniStack);
  return {
    endpoints,
    region,
    account,
    environment: environmentOf(endpoints, region, account),
    clientConfiguration: configuration,
    iotClientConfiguration: { ...configuration, endpoint: streams.url },
  };
}

function environmentOf(endpoints: Endpoints, region: string, account: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoints.gateway,
    AWS_ENDPOINT_URL_IOT: endpoints.iot,
    AWS_ENDPOINT_URL_KINESIS_VIDEO: endpoints.kinesisVideo,
    // the first is for the AWS CLI, the CDK CLI and boto3, the second for Node.js
    AWS_CA_BUNDLE: endpoints.ca,
    NODE_EXTRA_CA_CERTS: endpoints.ca,
    AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    CDK_DEFAULT_ACCOUNT: account,
    CDK_DEFAULT_REGION: region,
  };
}
