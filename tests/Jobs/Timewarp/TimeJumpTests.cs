using MolSampling.Jobs.Conformers.Proposals;
using MolSampling.Jobs.Timewarp;
using MolSampling.Molecular.Peptides;
using MolSampling.Sampling.Kernels;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Tests.Jobs.Timewarp;

/// <summary>
/// Jumps in time of alanine dipeptide under a law that is known in closed form, and that the jump knows nothing of: torsions of
/// independent von Mises laws f, and bonds and angles of a wide Gaussian, x of density f(t) N(z; A phi(t), L L^T) / |dx/d(z, t)|. Every
/// factor of the acceptance (volume elements, Gaussian, both conditional densities of torsions) is tested at once by averages of torsions
/// and residuals.
/// </summary>
public sealed class TimeJumpTests
{
    private const int Walkers = 64, Steps = 200, BurnIn = 50;
    private const double Bound = 4.5, Concentration = 0.8;
    private static readonly double s_beta = new ThermodynamicState(300).Beta;

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(0.8, 1, false)] // power: another temperature
    [InlineData(1, 0, false)] // power: without the volume element
    public void Averages_under_a_known_law_are_exact(double betaFactor, double volume, bool right)
    {
        (FrameCoordinates coordinates, TorusProposal torsions, ConditionalGaussian shapes, float[] start) = Make();
        var potential = new KnownLaw(coordinates, shapes, volume);
        var kernel = new ConditionalJumps(new TimeJump(coordinates, torsions, shapes), 2);
        int angles = coordinates.Angles, residuals = coordinates.Count;
        var sums = new double[Walkers][];
        Parallel.For(0, Walkers / 8, ParallelWork.Options(0), b =>
        {
            using var block = new WalkerBlock(potential, 8 * b);
            Array.Fill(block.Beta, s_beta * betaFactor);
            for (int lane = 0; lane < 8; lane++)
            {
                block.SetPositions(lane, start);
                sums[8 * b + lane] = new double[3 * angles + 2 * residuals];
            }
            block.Evaluate(potential);
            KernelWorkspace work = kernel.CreateWorkspace(potential);
            double[] x = new double[potential.Dimension], z = new double[residuals], u = new double[residuals],
                features = new double[TimeJump.FeatureCount(angles)];
            float[] t = new float[angles], positions = new float[potential.Dimension];
            for (int n = 0; n < BurnIn + Steps; n++)
            {
                kernel.Step(block, potential, n, new RandomSource(3), work);
                for (int lane = 0; lane < 8 && n >= BurnIn; lane++)
                {
                    block.CopyPositions(lane, positions);
                    for (int k = 0; k < x.Length; k++)
                        x[k] = positions[k];
                    coordinates.Read(x, z, t);
                    AtomProposal.Features(t, features);
                    shapes.LogDensity(features, z, u);
                    double[] sum = sums[8 * b + lane];
                    for (int a = 0; a < angles; a++)
                    {
                        sum[3 * a] += Math.Cos(t[a]);
                        sum[3 * a + 1] += Math.Sin(t[a]);
                        sum[3 * a + 2] += Math.Cos(2 * t[a]);
                    }
                    for (int d = 0; d < residuals; d++)
                    {
                        sum[3 * angles + 2 * d] += u[d];
                        sum[3 * angles + 2 * d + 1] += u[d] * u[d];
                    }
                }
            }
            Assert.InRange(work.Accepted[0] / (double)work.Proposed[0], 0.05, 0.95);
        });
        double worst = 0;
        for (int o = 0; o < sums[0].Length; o++)
        {
            double[] means = [.. sums.Select(s => s[o] / Steps)];
            double mean = means.Average(), error = Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (Walkers - 1) / Walkers);
            double expected = o >= 3 * angles ? (o - 3 * angles) % 2 : Expected(o / 3, o % 3);
            worst = Math.Max(worst, Math.Abs(mean - expected) / error);
        }
        Assert.True(right == worst < Bound, $"{worst}");
    }

    /// <summary>Averages of cos t, sin t and cos 2t of a von Mises law about m: I_n / I_0 times cos n m, sin m.</summary>
    private static double Expected(int angle, int observable)
    {
        double norm = 0, first = 0, second = 0;
        for (int k = 0; k < 10_000; k++)
        {
            double t = 2 * Math.PI * k / 10_000, w = Math.Exp(Concentration * Math.Cos(t));
            (norm, first, second) = (norm + w, first + w * Math.Cos(t), second + w * Math.Cos(2 * t));
        }
        return observable switch { 0 => first / norm * Math.Cos(Mean(angle)), 1 => first / norm * Math.Sin(Mean(angle)),
            _ => second / norm * Math.Cos(2 * Mean(angle)) };
    }

    private static double Mean(int angle) => 0.9 * angle - 2;

    private static (FrameCoordinates, TorusProposal, ConditionalGaussian, float[]) Make()
    {
        Structure structure = PeptideBuilder.Build("ACE-ALA-NME");
        using RDKitMolecule molecule = ResidueChemistry.Molecule(structure, "ACE-ALA-NME");
        var tree = new RotorTree(molecule.Molecule);
        float[] start = Array.ConvertAll(structure.Positions, x => (float)x);
        var coordinates = new FrameCoordinates(FrameTree.Of(molecule.Molecule, tree, start)!, tree, start);
        // weights that are not symmetric between before and after, so that both conditional densities count
        TorusProposal torsions = LearnedJump.Empty(tree.Rotors.Count, 3, 1);
        var random = new RandomSource(17);
        foreach (float[] weights in torsions.Weights)
            for (int k = 0; k < weights.Length; k++)
                weights[k] = (float)(0.1 * random.NextNormal());
        // the built geometry is the mean, and bonds and angles follow torsions a little
        double[] x = [.. structure.Positions], z = new double[coordinates.Count];
        coordinates.Read(x, z, new float[coordinates.Angles]);
        int features = TimeJump.FeatureCount(coordinates.Angles);
        double[] means = new double[z.Length * features], factor = new double[z.Length * z.Length];
        for (int d = 0; d < z.Length; d++)
        {
            means[d * features] = z[d];
            means[d * features + 1 + d % (features - 1)] = 0.01;
            factor[d * z.Length + d] = 0.012;
            if (d > 0)
                factor[d * z.Length + d - 1] = 0.004;
        }
        return (coordinates, torsions, ConditionalGaussian.Of(features, means, factor), start);
    }

    /// <summary>-kT ln of the law.</summary>
    private sealed class KnownLaw(FrameCoordinates coordinates, ConditionalGaussian shapes, double volume) : Potential
    {
        public override string Name => "a known law";

        public override string Fingerprint => Name;

        public override int AtomCount => (coordinates.Count + 6 + coordinates.Angles) / 3;

        public override IReadOnlyList<double> Masses => [.. Enumerable.Repeat(1.0, AtomCount)];

        public override int BlockWidth => 8;

        public override bool IsTranslationInvariant => true;

        public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
        {
            forces.Clear();
            double[] x = new double[Dimension], z = new double[coordinates.Count], u = new double[coordinates.Count],
                features = new double[shapes.Features];
            float[] t = new float[coordinates.Angles];
            for (int lane = 0; lane < energies.Length; lane++)
            {
                for (int k = 0; k < x.Length; k++)
                    x[k] = positions[k * energies.Length + lane];
                double log = -volume * coordinates.Read(x, z, t);
                AtomProposal.Features(t, features);
                log += shapes.LogDensity(features, z, u);
                for (int a = 0; a < t.Length; a++)
                    log += Concentration * Math.Cos(t[a] - Mean(a));
                energies[lane] = -log / s_beta;
            }
        }

        public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces) => throw new NotSupportedException();
    }
}
