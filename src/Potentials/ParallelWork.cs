namespace MolSampling.Potentials;

/// <summary>How every parallel loop of the house runs: shared with the pool's threads where they are free, by the caller alone where they are not.</summary>
/// <remarks>
/// A loop of <see cref="Parallel"/> ends when all of its workers have ended, also those that still queue for a thread. The runtime's own scheduler cannot take
/// a worker back out of the shared queue, so a loop whose work is long done waits until a thread of a crowded pool comes to say that nothing is left, and a time
/// limit passes meanwhile. Here the waiting caller runs such a worker itself, which finds nothing to do and ends.
/// </remarks>
public static class ParallelWork
{
    private static readonly Scheduler s_scheduler = new();

    /// <summary>Options for one loop.</summary>
    /// <param name="threads">The most threads that the loop may use at once; 0 for as many as there are processors.</param>
    /// <param name="cancellation">Ends the loop between two of its steps.</param>
    public static ParallelOptions Options(int threads = 0, CancellationToken cancellation = default)
    {
#pragma warning disable RS0030 // the one place that makes them
        return new ParallelOptions
#pragma warning restore RS0030
        {
            MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount,
            CancellationToken = cancellation,
            TaskScheduler = s_scheduler,
        };
    }

    private sealed class Scheduler : TaskScheduler
    {
        protected override void QueueTask(Task task) => ThreadPool.UnsafeQueueUserWorkItem(static t => t.Scheduler.TryExecuteTask(t.Task), (Scheduler: this, Task: task), true);

        // false where another thread has begun it already
        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => TryExecuteTask(task);

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
