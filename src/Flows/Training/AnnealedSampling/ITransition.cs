using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Training.AnnealedSampling;

/// <summary>A Markov kernel on every level of an annealed path.</summary>
public interface ITransition
{
    /// <summary>Moves every point once by a kernel that leaves the path's density at <paramref name="beta"/> invariant: the weights are
    /// exact for that reason only. In the caller's dispose scope.</summary>
    /// <param name="path">Evaluates.</param>
    /// <param name="points">Where they are.</param>
    /// <param name="level">0 to the number of intermediates - 1.</param>
    /// <param name="beta">Of the level.</param>
    /// <param name="random">Of this move.</param>
    AnnealedPoints Move(AnnealedPath path, AnnealedPoints points, int level, double beta, RandomSource random);

    /// <summary>As <see cref="IObjective.State"/>.</summary>
    IEnumerable<(string Name, Tensor Value)> State => [];
}
