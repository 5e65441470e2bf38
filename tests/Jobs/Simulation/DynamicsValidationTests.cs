using System.Globalization;
using MolSampling.Jobs.Simulation;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.OpenMM;
using MolSampling.Sampling.Dynamics;
using MolSampling.Sampling.Kernels.Integrators;

namespace MolSampling.Tests.Jobs.Simulation;

/// <summary>
/// Alanine dipeptide, ff14SB with generalized Born solvent, by the engine's fused blocks: the same averages as OpenMM's
/// LangevinMiddleIntegrator on the Reference platform, the temperature of its configurations, and the order of the time step's error.
/// Standard errors come from the spread over independent replicas. Seeds are fixed.
/// </summary>
public sealed class DynamicsValidationTests(ITestOutputHelper output)
{
    private const double Bound = 4;
    private static readonly string[] s_observables = ["potential energy (kJ/mol)", "phi<0, psi in [-120,60)", "phi<0, psi elsewhere",
        "phi>=0"];

    [SkippableTheory]
    [InlineData(600, 5, 16, 80, false)]
    [InlineData(300, 2, 48, 1000, true)]
    public void The_engine_and_OpenMM_sample_one_law(double temperature, double friction, int replicas, int frames, bool slow)
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        if (slow)
            SlowTests.Require();
        Peptide peptide = Peptide.Alanine("obc2");
        double[][] Engine(Peptide of, double kelvin) => Sample(of, of.Engine(0.002, friction, replicas, 100, seed: 1), kelvin, frames);
        using var openMM = new OpenMMDynamics(peptide.Xml, OpenMMDynamics.LangevinMiddle(0.002, friction), replicas, new RandomSource(2), "Reference", threads: 1);
        double[][] expected = Sample(peptide, openMM, temperature, frames), right = Engine(peptide, temperature);
        double[] scores = Compare($"engine and OpenMM, {temperature} K, {replicas} x {frames * 0.2:g4} ps", right, expected);
        Assert.All(scores, z => Assert.True(z < Bound));
        Assert.True(Compare("power: 5 % hotter", Engine(peptide, 1.05 * temperature), expected)[0] > Bound);
        Assert.True(Compare("power: no solvent", Engine(Peptide.Alanine(), temperature), expected).Max() > Bound);
        if (slow)
            Assert.True(Compare("power: obc1", Engine(Peptide.Alanine("obc1"), temperature), expected).Max() > Bound);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(1.03, false)]
    public void Configurations_have_the_temperature_of_the_bath(double factor, bool right)
    {
        // <|grad U|^2> = kT <lap U>: J. O. Hirschfelder, J. Chem. Phys. 33 (1960) 1462
        const double temperature = 300;
        const int replicas = 64, frames = 150;
        Peptide peptide = Peptide.Alanine("obc2");
        using EngineDynamics dynamics = peptide.Engine(0.002, 5, replicas, 50, seed: 4);
        double[] squares = new double[replicas], laplacians = new double[replicas];
        Sample(peptide, dynamics, factor * temperature, frames, 50, (m, x) =>
        {
            (double square, double laplacian) = Derivatives(peptide, x, new RandomSource(5).Split(m).Split(dynamics.StepsDone));
            squares[m] += square;
            laplacians[m] += laplacian;
        });
        double scale = laplacians.Average() * Units.GasConstant;
        (double excess, double error) =
            Statistics([.. squares.Zip(laplacians, (s, l) => s / scale - temperature * l / laplacians.Average())]);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"bath {factor * temperature} K, configurations {temperature + excess:f2} ± {error:f2} K"));
        Assert.Equal(right, Math.Abs(excess) < Bound * error);
    }

    /// <summary>|grad U|^2 and lap U of one configuration; the Laplacian by z H z with random signs z (M. F. Hutchinson 1989), H z by a
    /// central difference of forces.</summary>
    private static (double Square, double Laplacian) Derivatives(Peptide peptide, double[] x, RandomSource random)
    {
        const double step = 1e-5;
        double[] f = new double[x.Length], ahead = new double[x.Length], behind = new double[x.Length];
        double[] z = [.. x.Select(_ => random.NextDouble() < 0.5 ? -1.0 : 1.0)];
        peptide.Potential.EvaluateDouble(x, f);
        peptide.Potential.EvaluateDouble([.. x.Zip(z, (a, b) => a + step * b)], ahead);
        peptide.Potential.EvaluateDouble([.. x.Zip(z, (a, b) => a - step * b)], behind);
        return (f.Sum(c => c * c), z.Select((sign, k) => sign * (behind[k] - ahead[k])).Sum() / (2 * step));
    }

    [SkippableFact]
    public void The_error_of_the_time_step_is_of_second_order()
    {
        // the mean energy of bonds shows it best: the largest bias beside the smallest spread. U(h) = U(0) + c h^2 says U(1) = U(2) - (U(4)
        // - U(2))/4; a first-order error would say /2.
        // The friction is low on purpose: at 20/ps the bias is half as large, for the scheme's second-order error vanishes in the limit of
        // high friction (Leimkuhler, Matthews 2013)
        SlowTests.Require();
        Peptide peptide = Peptide.Alanine("obc2");
        SystemParameters parameters = peptide.Potential.Parameters;
        var bonds = new ForceFieldPotential(parameters with { Terms = [.. parameters.Terms.Where(t => t.Name == "bond")] });
        (double Mean, double Error) Energy(double step)
        {
            const int replicas = 256, frames = 5000;
            int stepsPerFrame = (int)Math.Round(0.08 / step);
            using EngineDynamics dynamics = peptide.Engine(step, 5, replicas, stepsPerFrame, seed: 6);
            double[] sums = new double[replicas], f = new double[peptide.Positions.Length];
            (double whole, double wholeError) =
                Statistics([.. Sample(peptide, dynamics, 300, frames, stepsPerFrame, (m, x) => sums[m] += bonds.EvaluateDouble(x,
                f) / frames).Select(a => a[0])]);
            (double mean, double error) = Statistics(sums);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"h = {1000 * step} fs: bonds {mean:f4} ± {error:f4}, all terms {whole:f4} ± {wholeError:f4} kJ/mol"));
            return (mean, error);
        }
        (double one, double oneError) = Energy(0.001);
        (double two, double twoError) = Energy(0.002);
        (double four, double fourError) = Energy(0.004);
        double Score(double share)
        {
            double difference = one - two + share * (four - two);
            return Math.Abs(difference) / Math.Sqrt(oneError * oneError + (1 + share) * (1 + share) * twoError * twoError
                + share * share * fourError * fourError);
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"second order: z {Score(0.25):f2}; first order: z {Score(0.5):f2}"));
        Assert.True(Score(0.25) < Bound);
        Assert.True(Score(0.5) > Bound); // power
    }

    /// <summary>Observables' averages of each replica, from the common start on: the same window of time for every method.</summary>
    private static double[][] Sample(Peptide peptide, ReplicaDynamics dynamics, double temperature, int frames, int stepsPerFrame = 100,
        Action<int, double[]>? observe = null)
    {
        const int discarded = 25;
        int size = peptide.Positions.Length;
        double[] x = new double[size], v = new double[size];
        for (int m = 0; m < dynamics.Replicas; m++)
        {
            dynamics.SetTemperature(m, temperature);
            dynamics.SetState(m, peptide.Positions, v);
            dynamics.DrawVelocities(m, temperature, new RandomSource(3), 0);
        }
        dynamics.Refresh();
        dynamics.Run(discarded * stepsPerFrame);
        var sums = new double[dynamics.Replicas][];
        for (int m = 0; m < sums.Length; m++)
            sums[m] = new double[s_observables.Length];
        for (int n = 0; n < frames; n++)
        {
            dynamics.Run(stepsPerFrame);
            for (int m = 0; m < sums.Length; m++)
            {
                dynamics.GetState(m, x, v);
                observe?.Invoke(m, x);
                (double phi, double psi) = peptide.Angles(x);
                sums[m][0] += dynamics.PotentialEnergy(m) / frames;
                sums[m][phi >= 0 ? 3 : psi is >= -120 and < 60 ? 1 : 2] += 1.0 / frames;
            }
        }
        return sums;
    }

    private double[] Compare(string title, double[][] a, double[][] b)
    {
        output.WriteLine(title);
        var scores = new double[s_observables.Length];
        for (int o = 0; o < scores.Length; o++)
        {
            (double meanA, double errorA) = Statistics([.. a.Select(r => r[o])]);
            (double meanB, double errorB) = Statistics([.. b.Select(r => r[o])]);
            scores[o] = Math.Abs(meanA - meanB) / Math.Max(Math.Sqrt(errorA * errorA + errorB * errorB), 1e-12);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {s_observables[o],-26} {meanA,10:f4} ± {errorA:f4}   {meanB,10:f4} ± {errorB:f4}   z {scores[o]:f2}"));
        }
        return scores;
    }

    private static (double Mean, double Error) Statistics(double[] values)
    {
        double mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length));
    }

    /// <summary>A capped peptide with heavy hydrogens, for the engine and for OpenMM.</summary>
    private sealed record Peptide(ClassicalSystem System, double[] Positions, ForceFieldPotential Potential, string Xml, NamedTorsion Phi,
        NamedTorsion Psi)
    {
        public static Peptide Alanine(params string[] solvent)
        {
            Structure structure = PeptideBuilder.Build("ACE-ALA-NME");
            ClassicalSystem system = ForceField.Load(["ff14SB", .. solvent]).Parameterize(structure.Topology, hydrogenMass: 3);
            (IReadOnlyList<NamedTorsion> torsions, IReadOnlyList<(int, int)> pairs) = NamedTorsions.OfBackbone(structure.Topology);
            return new(system, structure.Positions, new(system.ToEngine()), SystemXml.Write(system), torsions[pairs[0].Item1],
                torsions[pairs[0].Item2]);
        }

        public EngineDynamics Engine(double step, double friction, int replicas, int steps, ulong seed) =>
            new(Potential, [.. System.Masses], new LangevinDynamics([.. System.Masses], step, friction, steps), replicas,
                new RandomSource(seed));

        public (double Phi, double Psi) Angles(double[] positions)
        {
            float[] x = Array.ConvertAll(positions, c => (float)c);
            double Degrees(NamedTorsion t) => Dihedral.Angle(x, t.I, t.J, t.K, t.L) * 180 / Math.PI;
            return (Degrees(Phi), Degrees(Psi));
        }
    }
}
