using MolSampling.Potentials;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling;
using MolSampling.Sampling.Estimators;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Examples;

/// <summary>The parts by hand: a potential from terms, replica exchange, MBAR, an expectation with its error.</summary>
internal static class DoubleWellByReplicaExchange
{
    public static void Run()
    {
        // one atom in a tilted double well, its barrier ten times RT
        double[] well = [25, 0.1, 2.0, 500]; // height kJ/mol, half width nm, tilt kJ/mol, stiffness kJ/mol/nm^2
        var potential = new ForceFieldPotential(new SystemParameters([12.0], [new OneBodyTable<DoubleWell>([0], well)]));

        var ladder = new Ladder([300, 450, 700, 1100, 1800]);
        var dynamics = new HamiltonianMonteCarlo(potential.Masses, [.. ladder.Temperatures.Select(_ => 0.01)], leapfrogSteps: 8);
        using var exchange = new ReplicaExchange(potential, ladder, ladders: 32, dynamics, [], new RandomSource(1));
        for (int m = 0; m < exchange.Ladders; m++)
            for (int k = 0; k < exchange.Rungs; k++)
                exchange.SetPositions(m, k, [0.1f, 0, 0]);
        exchange.Start();
        exchange.BurnIn(200, CancellationToken.None);
        var trajectory = new LadderTrajectory(exchange.Ladders, exchange.Rungs, dimension: 3, capacity: 200);
        exchange.Run(2000, trajectory, CancellationToken.None);

        // all samples of all temperatures, state by state, weighed at 300 K
        var samples = (from k in Enumerable.Range(0, exchange.Rungs)
                       from t in Enumerable.Range(0, trajectory.FrameCount)
                       from m in Enumerable.Range(0, exchange.Ladders)
                       select (X: trajectory.Positions(t, m, k), U: trajectory.Energy(t, m, k), Ladder: m)).ToArray();
        double[] energies = [.. samples.Select(s => s.U)];
        Mbar mbar = Mbar.SolveTemperatures(ladder.Beta, energies,
            [.. Enumerable.Repeat(trajectory.FrameCount * exchange.Ladders, exchange.Rungs)]);
        var state = new ThermodynamicState(300);
        var ensemble = new Ensemble(state, [.. samples.Select(s => s.X)], energies,
            mbar.LogWeights([.. energies.Select(u => state.Beta * u)]), [.. samples.Select(s => s.Ladder)]);
        Console.WriteLine($"MBAR {mbar.Status}; population of the right well: {ensemble.Expectation([.. samples.Select(s => s.X.Span[0] > 0 ? 1.0 : 0.0)])}");
    }
}
