import { testObjectStore } from './contract/object-store';
import { testStreamService } from './contract/stream-service';
import { World } from './doubles';

describe('the stream service in memory', () => testStreamService(async () => {
  const world = new World();
  world.makeBucket('storage');
  const version = world.put('storage', 'file', 'abc');
  return {
    streams: world.connect().streams,
    roleArn: 'arn:aws:iam::111122223333:role/Delivery',
    file: { fileId: 0, bucket: 'storage', key: 'file', version },
    stop: async () => undefined,
  };
}));

describe('the object store in memory', () => testObjectStore(async () => {
  const world = new World();
  return {
    objects: world.connect().objects,
    makeBucket: async (name, isVersioned) => { world.makeBucket(name, { versioning: isVersioned ? 'Enabled' : undefined }); },
    put: async (bucket, key, text) => world.put(bucket, key, text),
    hide: async (bucket, key) => { world.putDeleteMarker(bucket, key); },
    stop: async () => undefined,
  };
}));
