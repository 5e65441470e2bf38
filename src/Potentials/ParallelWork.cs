using System.Collections.Concurrent;

namespace MolSampling.Potentials;

/// <summary>How every parallel loop of the house runs: on the caller and on threads of its own, one for each processor, which nobody else
/// can take.</summary>
/// <remarks>
/// On the runtime's shared pool a loop gets no thread while others block there, and does not even end: <see cref="Parallel"/> waits for all
/// of its workers, also for those that still queue, so a loop whose work is long done waits until some thread is free to say that nothing
/// is left, and a time limit passes meanwhile. Here whoever waits for a worker that still queues runs it himself.
/// </remarks>
internal static class ParallelWork
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
        private readonly BlockingCollection<Task> _queue = [];

        public Scheduler()
        {
            for (int n = 0; n < Environment.ProcessorCount; n++)
                new Thread(Work) { IsBackground = true, Name = "molsampling loops" }.Start();
        }

        protected override void QueueTask(Task task) => _queue.Add(task);

        // false where another thread has begun it already
        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => TryExecuteTask(task);

        protected override IEnumerable<Task> GetScheduledTasks() => _queue;

        private void Work()
        {
            foreach (Task task in _queue.GetConsumingEnumerable())
                TryExecuteTask(task);
        }
    }
}
