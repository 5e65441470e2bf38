using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Molecular.Systems;

/// <summary>Ladders of temperatures for a molecule in free space: Hamiltonian Monte Carlo with turns about bonds, all walkers at one
/// structure, relaxed.</summary>
internal static class MolecularLadder
{
    private const double HeavyMass = 12, HydrogenMass = 6; // Da; configurations do not depend on masses: these let the step be long
    private const double FirstStepSize = 1e-3; // ps, until burning in finds one
    private const int Relaxation = 100;

    /// <summary>Makes them; what follows is burning in.</summary>
    /// <param name="potential">On the isomer.</param>
    /// <param name="ladder">The rungs.</param>
    /// <param name="ladders">M.</param>
    /// <param name="atomicNumbers">[N].</param>
    /// <param name="bonds">About which is turned.</param>
    /// <param name="start">[3N] nm.</param>
    /// <param name="leapfrogSteps">Of a trajectory.</param>
    /// <param name="turns">After each trajectory.</param>
    /// <param name="random">The ladders' stream.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="cancellation">Ends the relaxation.</param>
    public static ReplicaExchange Relaxed(Potential potential, Ladder ladder, int ladders, IEnumerable<int> atomicNumbers,
        IReadOnlyList<RotatableBond> bonds, float[] start, int leapfrogSteps, int turns, RandomSource random, int threads,
        CancellationToken cancellation)
    {
        var dynamics = new HamiltonianMonteCarlo([.. atomicNumbers.Select(z => z == 1 ? HydrogenMass : HeavyMass)],
            [.. ladder.Temperatures.Select(_ => FirstStepSize)], leapfrogSteps);
        var exchange = new ReplicaExchange(potential, ladder, ladders, dynamics, ExtraMove.TorsionMoves(bonds, turns), random, threads);
        for (int m = 0; m < ladders; m++)
            for (int k = 0; k < ladder.Count; k++)
                exchange.SetPositions(m, k, start);
        exchange.Start();
        exchange.Minimise(Relaxation, cancellation);
        return exchange;
    }
}
