/**
 * What an executor was doing, for its supervisor to read when it has died. One byte in memory that both share; an
 * executor that runs is the only one to write it.
 *
 *     IDLE ── a run is requested ──▶ RUNNING ── it has ended ──▶ REPORTING ── the status is written ──▶ IDLE
 */

export const IDLE = 0;
/** AFL++ waits for a status. */
export const RUNNING = 1;
/** The status may or may not have been written. */
export const REPORTING = 2;
