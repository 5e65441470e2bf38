namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>What one file of an alchemical simulation says. Rows are in the order of the file; L lambdas, K columns, n rows.</summary>
public sealed class AlchemicalFile
{
    /// <summary>Path of the file.</summary>
    public required string Source { get; init; }

    /// <summary>[L], for example "fep-lambda", or "coul-lambda" and "vdw-lambda".</summary>
    public required IReadOnlyList<string> LambdaNames { get; init; }

    /// <summary>K; null if neither the file nor the caller says it.</summary>
    public double? Temperature { get; init; }

    /// <summary>[n] ps.</summary>
    public required double[] Times { get; init; }

    /// <summary>The different states that rows were sampled in, in order of first appearance.</summary>
    public required IReadOnlyList<LambdaState> SampledStates { get; init; }

    /// <summary>[n], into <see cref="SampledStates"/>.</summary>
    public required int[] StateOfRow { get; init; }

    /// <summary>[K] the states of the columns of <see cref="ReducedPotentials"/>; empty without them.</summary>
    public IReadOnlyList<LambdaState> Columns { get; init; } = [];

    /// <summary>u_nk [n * K], rows one after the other, kT: the reduced potential of row n in state k, up to a constant of the row; NaN
    /// where it is not known. Null if the file has none.</summary>
    public double[]? ReducedPotentials { get; init; }

    /// <summary>dH/dlambda [n * L], rows one after the other, kT. Null if the file has none.</summary>
    public double[]? Gradients { get; init; }

    /// <summary>What a reader of results should know and what did not stop the reading; each names the file.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Columns that hold something else than finite numbers somewhere: no harm while nothing uses them.</summary>
    public IReadOnlyList<UnusableColumn> Unusable { get; init; } = [];

    /// <summary>n, the rows of this file.</summary>
    public int RowCount => Times.Length;

    /// <summary>The state of a row.</summary>
    public LambdaState StateAt(int row) => SampledStates[StateOfRow[row]];
}

/// <summary>A column with something else than finite numbers.</summary>
/// <param name="State">That its differences lead to; null for dH/dlambda.</param>
/// <param name="Lambda">Of dH/dlambda, into <see cref="AlchemicalFile.LambdaNames"/>.</param>
/// <param name="Where">The first such place: file, line, column and text.</param>
public sealed record UnusableColumn(LambdaState? State, int Lambda, string Where);
