import type { Execution, TaskRun } from './types'

/** An execution put together from what the server tells of it: all of it once, then what has changed. */
export class FollowedExecution {
  private whole: string | undefined
  private execution: Execution | undefined
  private runs: TaskRun[] = []
  private readonly places = new Map<string, number>()

  /** Takes the whole execution; its text is read when it is needed, another may come before. */
  take(text: string): void {
    this.whole = text
  }

  /** Takes the execution with only those of its task runs that are new or differ. */
  change(text: string): void {
    this.read()
    if (!this.execution) return
    this.execution = JSON.parse(text) as Execution
    for (const run of this.execution.taskRunList ?? []) this.put(run)
  }

  /** How many task runs are known, what is yet to be read left out. */
  get size(): number {
    return this.runs.length
  }

  /** What is known now. Task runs that have not changed are the same objects as the last time. */
  now(): Execution | undefined {
    this.read()
    return this.execution && { ...this.execution, taskRunList: this.runs.slice() }
  }

  private read(): void {
    if (this.whole === undefined) return
    this.execution = JSON.parse(this.whole) as Execution
    this.whole = undefined
    this.runs = []
    this.places.clear()
    for (const run of this.execution.taskRunList ?? []) this.put(run)
  }

  private put(run: TaskRun): void {
    const place = this.places.get(run.id) ?? this.runs.length
    this.places.set(run.id, place)
    this.runs[place] = run
  }
}
