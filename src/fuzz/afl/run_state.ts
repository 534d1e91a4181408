/**
 * What an executor is at, for the supervisor to know when it has died. One byte in memory that both have; only the
 * executor writes it.
 *
 *     IDLE ── a run is asked for ──▶ RUNNING ── it has ended ──▶ REPORTING ── the status is written ──▶ IDLE
 */

export const IDLE = 0;
/** AFL++ waits for a status. */
export const RUNNING = 1;
/** The status may be written already, or not. */
export const REPORTING = 2;
