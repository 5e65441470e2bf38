using MolSampling.Jobs.Conformers.Analysis;
using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Diagnostics;
using MolSampling.Sampling.Estimators;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Proposals;
using MolSampling.Sampling.Samplers;

namespace MolSampling.Jobs.Conformers.Benchmark;

/// <summary>
/// The partition function of one basin, absolutely, without any crossing between basins: Bennett's acceptance ratio
/// (<see cref="Bar"/>) between walkers of Hamiltonian Monte Carlo that are held in the basin and draws of a Gaussian in bijective
/// coordinates (<see cref="FrameCoordinates"/>, all torsions unwrapped about a minimum) that is fitted to the first half of what the
/// walkers visit; the ratio is of the second half.
/// </summary>
/// <param name="LogZ">ln of the integral of exp(-U/RT) over the basin's positions (nm) relative to the first atom, rotations included; the
/// error from independent groups of walkers and draws.</param>
/// <param name="Overlap">Of the two states, 0 to 1.</param>
/// <param name="Rhat">The largest split R-hat of all coordinates over the walkers: far above one where they do not mix within the
/// basin.</param>
internal sealed record BasinIntegral(Estimate LogZ, double Overlap, double Rhat)
{
    /// <summary>Above it the walkers did not mix within the basin: seventeen relaxation times, exp(-17) of where they started is
    /// left.</summary>
    public const double WorstRhat = 1.1;

    private const int Walkers = 64, Groups = 16, BurnInSteps = 300, Frames = 96, StepsPerFrame = 10, MostStepsPerFrame = 160;
    private const int LeapfrogSteps = 12;
    private const double HeavyMass = 12, HydrogenMass = 6, FirstStepSize = 1e-3; // Da, Da, ps: as in ConformerWork

    /// <summary>Integrates.</summary>
    /// <param name="potential">U, on the basin: its support bounds the integral.</param>
    /// <param name="frames">Where atoms stand.</param>
    /// <param name="tree">Rotors.</param>
    /// <param name="starts">[..][N, 3] nm, minima within the basin; the first is the origin of the coordinates.</param>
    /// <param name="moves">Beside the dynamics.</param>
    /// <param name="state">RT.</param>
    /// <param name="random">Everything random follows from it.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="cancellation">Throws the work away.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static BasinIntegral Of(Potential potential, FrameTree frames, RotorTree tree, IReadOnlyList<float[]> starts,
        IReadOnlyList<ExtraMove> moves, ThermodynamicState state, RandomSource random, int threads, CancellationToken cancellation)
    {
        var coordinates = new FrameCoordinates(frames, tree, starts[0]);
        double[] centre = tree.Angles(starts[0]);
        using ReplicaExchange walkers = Start(potential, starts, moves, state, random.Split("walkers"), threads);
        walkers.BurnIn(BurnInSteps, cancellation);
        int half = Frames * Walkers / 2, size = coordinates.Count + centre.Length;
        float[][] visits;
        double[] points = new double[2 * half * size], volumes = new double[2 * half], ones = new double[half];
        double rhat;
        int steps = StepsPerFrame;
        // walks that were too short are thrown away whole, and followed by longer ones
        for (; ; steps *= 2)
        {
            visits = Walk(walkers, potential.Dimension, steps, cancellation);
            Parallel.For(0, visits.Length, ParallelWork.Options(threads, cancellation), n =>
                volumes[n] = Read(coordinates, centre, visits[n], points.AsSpan(n * size, size)));
            rhat = LargestRhat(points, size);
            if (rhat < WorstRhat || steps >= MostStepsPerFrame)
                break;
        }
        Array.Fill(ones, 1);
        ConditionalGaussian gaussian = ConditionalGaussian.Fit(ones, points[..(half * size)], size);

        // u0 = -ln q, u1 = beta U - ln |dx/d(z, t)|: f1 - f0 = -ln Z
        double[] reverse = new double[half], forward = new double[half];
        Parallel.For(0, half, ParallelWork.Options(threads, cancellation), n =>
        {
            int visit = half + n;
            double log = gaussian.LogDensity([1], points.AsSpan(visit * size, size), new double[size]);
            reverse[n] = -log - state.Beta * Geometry.Energy(potential, visits[visit]) + volumes[visit];
            forward[n] = Draw(potential, coordinates, centre, gaussian, state.Beta, random.Split("draws").Split(n));
        });
        (Estimate difference, double overlap) = Solve(forward, reverse);
        return new(new(-difference.Value, difference.StandardError), overlap, rhat);
    }

    /// <summary>BAR, its error by leaving out one group of walkers and draws at a time.</summary>
    private static (Estimate Difference, double Overlap) Solve(double[] forward, double[] reverse)
    {
        Bar all = Bar.Solve(forward, reverse);
        if (all.Status != EstimatorStatus.Converged)
            return (new(double.NaN, double.NaN), 0);
        double[] values = new double[Groups];
        for (int g = 0; g < Groups; g++)
        {
            Bar one = Bar.Solve(Without(forward, g), Without(reverse, g));
            values[g] = one.Status == EstimatorStatus.Converged ? one.Difference.Value : double.NaN;
        }
        double mean = values.Average();
        return (new(all.Difference.Value, Math.Sqrt((Groups - 1.0) / Groups * values.Sum(v => (v - mean) * (v - mean)))), all.Overlap);

        // walker m of frame t is n = t W + m
        static double[] Without(double[] works, int group) => [.. works.Where((_, n) => n % Walkers * Groups / Walkers != group)];
    }

    private static ReplicaExchange Start(Potential potential, IReadOnlyList<float[]> starts, IReadOnlyList<ExtraMove> moves,
        ThermodynamicState state, RandomSource random, int threads)
    {
        var dynamics = new HamiltonianMonteCarlo([.. potential.Masses.Select(m => m < 2.5 ? HydrogenMass : HeavyMass)], [FirstStepSize],
            LeapfrogSteps);
        var walkers = new ReplicaExchange(potential, new([state.Temperature]), Walkers, dynamics, moves, random, threads);
        for (int m = 0; m < Walkers; m++)
            walkers.SetPositions(m, 0, starts[m % starts.Count]);
        walkers.Start();
        return walkers;
    }

    /// <summary>What the walkers visit, all of them frame by frame.</summary>
    /// <returns>[frame and walker][N, 3] nm.</returns>
    private static float[][] Walk(ReplicaExchange walkers, int dimension, int stepsPerFrame, CancellationToken cancellation)
    {
        float[][] visits = new float[Frames * Walkers][];
        for (int t = 0; t < Frames; t++)
        {
            walkers.Advance(stepsPerFrame, cancellation);
            cancellation.ThrowIfCancellationRequested();
            for (int m = 0; m < Walkers; m++)
                walkers.CopyPositions(m, 0, visits[t * Walkers + m] = new float[dimension]);
        }
        return visits;
    }

    /// <summary>z and the unwrapped torsions of a configuration; ln |dx/d(z, t)|.</summary>
    private static double Read(FrameCoordinates coordinates, double[] centre, float[] positions, Span<double> point)
    {
        double[] x = [.. positions];
        float[] angles = new float[centre.Length];
        double volume = coordinates.Read(x, point, angles);
        for (int t = 0; t < centre.Length; t++)
            point[coordinates.Count + t] = Math.IEEERemainder(angles[t] - centre[t], 2 * Math.PI);
        return volume;
    }

    /// <summary>u1 - u0 of a draw; +infinity outside the basin.</summary>
    private static double Draw(Potential potential, FrameCoordinates coordinates, double[] centre, ConditionalGaussian gaussian,
        double beta, RandomSource random)
    {
        double[] normals = new double[gaussian.Dimension], point = new double[gaussian.Dimension];
        for (int d = 0; d < normals.Length; d++)
            normals[d] = random.NextNormal();
        double log = gaussian.Draw([1], normals, point);
        ReadOnlySpan<double> turns = point.AsSpan(coordinates.Count);
        float[] angles = new float[centre.Length];
        for (int t = 0; t < centre.Length; t++)
        {
            if (Math.Abs(turns[t]) > Math.PI) // once around: these places are drawn as others
                return double.PositiveInfinity;
            angles[t] = (float)(centre[t] + turns[t]);
        }
        double[] x = new double[potential.Dimension];
        double volume = coordinates.Place(point.AsSpan(0, coordinates.Count), angles, x);
        if (double.IsNegativeInfinity(volume) || potential.Support?.Contains([.. x.Select(v => (float)v)], 1, 0) == false)
            return double.PositiveInfinity;
        double energy = potential.EvaluateDouble(x, new double[x.Length]);
        return double.IsNaN(energy) ? double.PositiveInfinity : beta * energy - volume + log;
    }

    /// <summary>Split R-hat of the coordinates in which walkers could stay apart: torsions, and all others.</summary>
    private static double LargestRhat(double[] points, int size)
    {
        double worst = 1;
        int frames = points.Length / size / Walkers;
        for (int d = 0; d < size; d++)
        {
            double[][] chains = [.. Enumerable.Range(0, Walkers).Select(m => Enumerable.Range(0, frames).Select(t =>
                points[(t * Walkers + m) * size + d]).ToArray())];
            worst = Math.Max(worst, ChainDiagnostics.SplitRhat(chains));
        }
        return worst;
    }
}
