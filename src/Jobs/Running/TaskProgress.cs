namespace MolSampling.Jobs.Running;

/// <summary>How far a long task is.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Fraction">0 to 1 within the stage.</param>
/// <param name="Detail">A few words for people; may be empty.</param>
public readonly record struct TaskProgress(string Stage, double Fraction, string Detail = "");
