using System.Text.Json;
using MolSampling.Molecular.Crystals;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.OpenMM;
using MolSampling.Potentials.Rigid;
using MolSampling.Potentials.Terms;
using MolSampling.Sampling;

namespace MolSampling.Tests.Potentials;

/// <summary>Poses, Cayley's chart, and ice XI against OpenMM and published configurations.</summary>
[Trait("cpu", "lanes")]
public sealed class RigidBodyTests
{
    private static readonly RigidBody s_body = new([0.3, 0.1, -0.2, 0.4, 0.1, -0.2, 0.28, 0.19, -0.2, 0.3, 0.12, -0.15]);

    [Fact]
    public void Poses_are_found_again_and_both_signs_are_one_orientation()
    {
        var random = new RandomSource(4);
        double[] sites = new double[12], other = new double[12], found = new double[7];
        for (int n = 0; n < 50; n++)
        {
            double[] pose = Pose(random);
            s_body.Place(pose, sites);
            s_body.Place([.. pose[..3], .. pose[3..].Select(v => -v)], other);
            Assert.All(sites.Zip(other), p => Assert.Equal(p.First, p.Second, 12));
            Assert.True(s_body.Fit(sites, found) < 1e-12);
            double sign = Math.Sign(pose[3] * found[3]);
            for (int k = 0; k < 7; k++)
                Assert.Equal(pose[k], k < 3 ? found[k] : sign * found[k], 10);
            // turned, not mirrored, and as long as before
            for (int a = 0; a < 4; a++)
                for (int b = 0; b < a; b++)
                    Assert.Equal(Distance(s_body.Sites, a, b), Distance(sites, a, b), 12);
        }
        sites[4] += 0.01;
        Assert.InRange(s_body.Fit(sites, found), 1e-3, 0.02);
        Assert.Throws<ArgumentException>(() => new RigidBody([0, 0, 0, 0.1, 0, 0, 0.2, 0, 0]));
        Assert.Throws<ArgumentException>(() => new RigidBody([0, 0, 0]));
        Assert.Throws<ArgumentException>(() => new RigidBody([0, 0, double.NaN, 1, 0, 0, 0, 1, 0]));
    }

    [Fact]
    public void Coordinates_of_the_chart_are_the_poses()
    {
        RigidCrystal ice = IceXi.Create();
        RigidBodyPotential potential = ice.ToPotential();
        Assert.Equal(93, potential.Dimension);
        double[] sites = new double[192], expected = new double[192], x = new double[93], poses = [.. ice.Poses];
        potential.PlaceSites([.. potential.ReferencePoint], sites);
        Assert.True(Gap(ice, ice.Poses, sites) < 1e-12);
        var random = new RandomSource(8);
        for (int m = 0; m < 16; m++)
            for (int k = m == 0 ? 3 : 0; k < 7; k++)
                poses[7 * m + k] += 0.2 * random.NextNormal();
        for (int m = 0; m < 16; m++)
        {
            double norm = Math.Sqrt(poses.Skip(7 * m + 3).Take(4).Sum(q => q * q));
            for (int k = 3; k < 7; k++)
                poses[7 * m + k] /= m % 2 == 0 ? norm : -norm;
        }
        potential.FromPoses(poses, x);
        potential.PlaceSites(x, sites);
        Assert.True(Gap(ice, poses, sites) < 1e-12);
        Assert.Throws<ArgumentException>(() => new RigidBodyPotential(potential.Sites, ice.Bodies, [1, 2], ice.Poses, true));
    }

    /// <summary>int dc/(1 + c^2)^2 over the chart is half of S^3: pi^2.</summary>
    [Fact]
    public void The_volume_of_orientations_is_that_of_the_sphere()
    {
        const double rt = 2.5;
        var potential = new ForceFieldPotential(new([1.0], [new OneBodyTable<RotationVolume>([0], [rt])]));
        double sum = 0;
        const int n = 4000;
        for (int k = 0; k < n; k++)
        {
            double angle = Math.PI / 2 * (k + 0.5) / n, r = Math.Tan(angle); // dr = dangle/cos^2
            sum += Math.PI / 2 / n / Math.Pow(Math.Cos(angle), 2) * 4 * Math.PI * r * r
                * Math.Exp(-potential.EvaluateDouble([r, 0, 0], new double[3]) / rt);
        }
        Assert.Equal(Math.PI * Math.PI, sum, 1e-6);
        Assert.Equal(Math.Log(2 * sum), RigidBody.LogVolumeOfSphere, 1e-6);
    }

    [SkippableFact]
    public void Ice_agrees_with_OpenMM()
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        RigidBodyPotential potential = IceXi.Create().ToPotential();
        var random = new RandomSource(2);
        double[] x = [.. potential.ReferencePoint.Select(v => v + 0.02 * random.NextNormal())], sites = new double[192],
            own = new double[192], theirs = new double[192];
        potential.PlaceSites(x, sites);
        double energy = potential.Sites.EvaluateDouble(sites, own);
        ClassicalSystem system = IceXi.Create().Sites;
        string xml = SystemXml.Write(system with { Masses = [.. system.Masses.Select(m => Math.Max(m, 1))] }, 1e-6)
            .Replace("method=\"4\"", "method=\"3\"", StringComparison.Ordinal);
        using var openMM = new OpenMMPotential(xml);
        double reference = openMM.EvaluateDouble(sites, theirs);
        Assert.Equal(reference, energy, 1e-5 * Math.Abs(reference));
        Assert.True(Math.Sqrt(own.Zip(theirs, (a, b) => (a - b) * (a - b)).Sum() / theirs.Sum(f => f * f)) < 2e-5);
    }

    /// <summary>Published free energies of this crystal are of OpenMM's particle-mesh Ewald at a tolerance of 1e-4, whose energy lies above
    /// Ewald's sum by what docs/benchmarks/rigid-bodies.md says: at the perfect crystal, and shaken.</summary>
    [SkippableFact]
    public void Particle_mesh_Ewald_at_the_published_tolerance_lies_above_the_sum()
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        RigidCrystal ice = IceXi.Create();
        RigidBodyPotential potential = ice.ToPotential();
        using var mesh = new OpenMMPotential(SystemXml.Write(ice.Sites with { Masses = [.. ice.Sites.Masses.Select(m => Math.Max(m, 1))] },
            1e-4));
        var random = new RandomSource(2);
        double[] sites = new double[192], forces = new double[192];
        foreach ((double shake, double least, double most) in new[] { (0, 0.13, 0.14), (0.006, 0.05, 0.25), (0.006, 0.05, 0.25) })
        {
            potential.PlaceSites([.. potential.ReferencePoint.Select(x => x + shake * random.NextNormal())], sites);
            Assert.InRange(mesh.EvaluateDouble(sites, forces) - potential.Sites.EvaluateDouble(sites, forces), least, most);
        }
    }

    /// <summary>Frames of others' dynamics are rigid waters of ours near our crystal: the same molecule, lattice and order of
    /// protons.</summary>
    [SkippableTheory]
    [InlineData(50, 0.035, 20)]
    [InlineData(100, 0.05, 25)]
    [InlineData(250, 0.08, 45)]
    public void Published_configurations_of_ice_XI_are_near(int temperature, double far, double turned)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(SharedData.Require($"ice-xi/ice-xi-t{temperature}-n16.json")));
        double[][] sites = [.. file.RootElement.GetProperty("positions").EnumerateArray().Select(s => s.EnumerateArray().Select(v =>
            v.GetDouble()).ToArray())];
        RigidCrystal ice = IceXi.Create();
        RectangularBox box = ice.Sites.Reach.Box!.Value;
        double[] edges = [box.X, box.Y, box.Z], poses = new double[7 * 16], x = new double[93], mean = new double[3];
        for (int m = 0; m < 16; m++)
        {
            Span<double> pose = poses.AsSpan(7 * m, 7);
            double[] o = sites[4 * m], h = sites[4 * m + 1], other = sites[4 * m + 2], charge = sites[4 * m + 3];
            Assert.True(IceXi.Water.Fit([.. o, .. h, .. other, .. charge], pose) < 1e-5);
            if (Math.Abs(Enumerable.Range(7 * m + 3, 4).Sum(k => poses[k] * ice.Poses[k])) < 0.5)
                IceXi.Water.Fit([.. o, .. other, .. h, .. charge], pose); // theirs are numbered the other way round
            for (int d = 0; d < 3; d++)
            {
                // relative to the first molecule, to the image next to our lattice
                double own = ice.Poses[7 * m + d] - ice.Poses[d], moved = pose[d] - sites[0][d];
                pose[d] = ice.Poses[d] + moved - edges[d] * Math.Round((moved - own) / edges[d]);
                mean[d] += (pose[d] - ice.Poses[7 * m + d]) / 16;
            }
        }
        RigidBodyPotential potential = ice.ToPotential();
        potential.FromPoses(poses, x);
        for (int m = 0; m < 16; m++)
        {
            double away = Math.Sqrt(Enumerable.Range(0, 3).Sum(d => Math.Pow(poses[7 * m + d] - ice.Poses[7 * m + d] - mean[d], 2)));
            Assert.True(away < far, $"molecule {m} is {away:g3} nm away");
            double tangent = Math.Sqrt(Enumerable.Range(0, 3).Sum(d => Math.Pow(x[(m == 0 ? 0 : 6 * m) + d], 2)));
            double angle = 2 * Math.Atan(tangent) * 180 / Math.PI;
            Assert.True(angle < turned, $"molecule {m} is turned by {angle:g3} degrees");
        }
        double energy = potential.EvaluateDouble(x, new double[93]), perfect = potential.EvaluateDouble([.. potential.ReferencePoint],
            new double[93]);
        // equipartition: D/2 RT above the minimum, which lies below the ideal lattice
        Assert.InRange(energy, perfect - 60, perfect + 1.3 * 46.5 * 0.0083145 * temperature);
    }

    private static double Gap(RigidCrystal ice, double[] poses, double[] sites)
    {
        double[] placed = new double[12];
        double gap = 0;
        for (int m = 0; m < 16; m++)
        {
            ice.Bodies[m].Place(poses.AsSpan(7 * m, 7), placed);
            for (int k = 0; k < 12; k++)
                gap = Math.Max(gap, Math.Abs(placed[k] - sites[12 * m + k]));
        }
        return gap;
    }

    private static double[] Pose(RandomSource random)
    {
        double[] pose = [.. Enumerable.Range(0, 7).Select(_ => random.NextNormal())];
        double norm = Math.Sqrt(pose[3..].Sum(q => q * q));
        return [.. pose[..3], .. pose[3..].Select(q => q / norm)];
    }

    private static double Distance(IReadOnlyList<double> sites, int a, int b) =>
        Math.Sqrt(Enumerable.Range(0, 3).Sum(d => Math.Pow(sites[3 * a + d] - sites[3 * b + d], 2)));
}
