import type { Question } from './question';
import { DEVICE_ROLE_QUESTIONS } from './questions/device-role';
import { VIDEO_QUESTIONS } from './questions/kinesis-video';
import { OBJECT_QUESTIONS } from './questions/objects';
import { PERMISSION_QUESTIONS } from './questions/permissions';
import { QUESTIONS_BY_HAND, REGION_QUESTIONS } from './questions/region';
import { STREAM_QUESTIONS } from './questions/streams';
import { TAG_QUESTIONS } from './questions/tags';
import type { Row } from './report';
import { ask } from './report';
import type { WorldOptions } from './world';
import { World } from './world';

export const QUESTIONS: readonly Question[] = [
  ...TAG_QUESTIONS, ...STREAM_QUESTIONS, ...PERMISSION_QUESTIONS, ...OBJECT_QUESTIONS, ...VIDEO_QUESTIONS, ...DEVICE_ROLE_QUESTIONS,
  ...REGION_QUESTIONS, ...QUESTIONS_BY_HAND,
];

export interface Verification {
  readonly partition: string;
  readonly region: string;
  readonly rows: readonly Row[];
  /** The resources that could not be removed. */
  readonly leftBehind: readonly string[];
}

/** Asks the questions one after the other until the signal is aborted, and always removes what they created. */
export async function verify(
  options: WorldOptions, questions: readonly Question[] = QUESTIONS, told: (row: Row) => void = () => undefined, signal?: AbortSignal,
): Promise<Verification> {
  const world = await World.open(options);
  const { partition, region } = world;
  const rows: Row[] = [];
  let leftBehind: readonly string[] = [];
  try {
    for (const question of questions) {
      if (signal?.aborted) break;
      const row = await ask(question, world);
      rows.push(row);
      told(row);
    }
  } finally {
    leftBehind = await world.close();
  }
  return { partition, region, rows, leftBehind };
}
