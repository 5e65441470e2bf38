namespace MolSampling.Jobs.Running;

/// <summary>A run that was asked to stop and says what became of it.</summary>
/// <param name="message">One line.</param>
public sealed class StoppedException(string message) : OperationCanceledException(message);
