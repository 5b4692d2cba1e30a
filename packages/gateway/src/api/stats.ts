import type { Stats } from 'holdfast';

/** `GET /api/stats` */
export type StatsAnswer = Stats;
