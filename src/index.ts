export * from './device-statements';
export * from './iot-file-stream';
export * from './stream-file';
