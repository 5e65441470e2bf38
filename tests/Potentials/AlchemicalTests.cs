using MolSampling.Molecular.Solvation;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Tests.Potentials;

/// <summary>Solutes whose coupling to water is scaled walker by walker.</summary>
[Trait("cpu", "lanes")]
[Collection("boxes of water")] // one after the other: each takes all cores
public sealed class AlchemicalTests
{
    private static readonly CouplingPath s_path = new();
    private static readonly Lazy<WaterBox> s_box = new(() => Around(WaterModel.Tip3p)), s_fourSites = new(() => Around(WaterModel.Opc));

    private static WaterBox Around(WaterModel model) => PeriodicTests.Relaxed(WaterBox.Around(model, Solute(),
        [0, 0, 0, 0.1, 0.15, 0, -0.15, 0, 0, -0.25, -0.14, 0.05], 1.9, 0.9, new RandomSource(1), 0.5));

    [Fact]
    public void The_path_takes_charges_away_before_cores()
    {
        Assert.Equal((1, 1), (s_path.Charges(1), s_path.LennardJones(1)));
        Assert.Equal((0, 1), (s_path.Charges(0.5), s_path.LennardJones(0.5)));
        Assert.Equal((0, 0), (s_path.Charges(0), s_path.LennardJones(0)));
        foreach (double factor in new[] { 0, 0.3, 1 })
        {
            Assert.Equal(factor, s_path.Charges(s_path.OfCharges(factor)), 12);
            Assert.Equal(1, s_path.LennardJones(s_path.OfCharges(factor)));
            Assert.Equal(factor, s_path.LennardJones(s_path.OfLennardJones(factor)), 12);
            Assert.Equal(0, s_path.Charges(s_path.OfLennardJones(factor)));
        }
    }

    /// <summary>Coupled, it is the box as it is: what Ewald's sum has of a small solute with itself is Coulomb's law and its
    /// images.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_coupled_solute_is_one_that_was_never_scaled(bool fourSites)
    {
        WaterBox box = fourSites ? s_fourSites.Value : Box();
        var plain = new ForceFieldPotential(box.System.ToEngine());
        var scaled = new ForceFieldPotential(box.System.ToAlchemicalEngine(s_path));
        double[] one = new double[box.Positions.Length], other = new double[one.Length];
        double tail = DispersionCorrection.Energy(box.System.Particles, 0.9, 0.8, Math.Pow(box.Edge, 3));
        double waters = DispersionCorrection.Energy([.. box.System.Particles.Skip(4)], 0.9, 0.8, Math.Pow(box.Edge, 3));
        double energy = plain.EvaluateDouble(box.Positions, one) - tail;
        Assert.Equal(energy, scaled.EvaluateDouble(box.Positions, other) - scaled.Parameters.CoupledTail - waters, 1e-2);
        Assert.Equal(tail, scaled.Parameters.CoupledTail + waters, 0.02 * Math.Abs(scaled.Parameters.CoupledTail)); // but the solute's own
        Assert.All(one.Zip(other), p => Assert.Equal(p.First, p.Second, 2e-4 * one.Max(Math.Abs)));
        Assert.InRange(scaled.Parameters.CoupledTail, tail, 0); // of all pairs, those with the solute
    }

    /// <summary>Decoupled, it is the molecule of the gas, wherever the waters are.</summary>
    [Fact]
    public void A_decoupled_solute_is_that_of_the_gas()
    {
        WaterBox box = Box();
        var scaled = new ForceFieldPotential(box.System.ToAlchemicalEngine(s_path));
        var gas = new ForceFieldPotential(Solute().ToEngine());
        double[] forces = new double[box.Positions.Length], own = new double[12], moved = [.. box.Positions];
        double energy = scaled.EvaluateDouble(box.Positions, 0, forces);
        gas.EvaluateDouble(box.Positions.AsSpan(0, 12), own);
        Assert.All(own.Zip(forces), p => Assert.Equal(p.First, p.Second, 1e-6 * own.Max(Math.Abs)));
        for (int k = 0; k < 12; k++)
            moved[k] += 0.3; // into waters
        Assert.Equal(energy, scaled.EvaluateDouble(moved, 0, forces), 1e-6 * Math.Abs(energy));
        Assert.NotEqual(energy, scaled.EvaluateDouble(moved, 0.1, forces), 1e-1);
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.9, true)]
    [InlineData(0.5)]
    [InlineData(0.35)]
    [InlineData(0.35, true)]
    [InlineData(0.1)]
    public void Forces_are_minus_the_gradient_at_every_scale_and_in_every_lane(double scale, bool fourSites = false)
    {
        WaterBox box = fourSites ? s_fourSites.Value : Box();
        var potential = new ForceFieldPotential(box.System.ToAlchemicalEngine(s_path));
        int size = box.Positions.Length, width = potential.BlockWidth;
        double[] x = [.. box.Positions.Select(v => (double)(float)v)], forces = new double[size], scratch = new double[size];
        double energy = potential.EvaluateDouble(x, scale, forces), largest = forces.Max(Math.Abs);
        foreach (int k in Enumerable.Range(0, 30).Concat([400, 401, 402]))
        {
            double Moved(double by)
            {
                double[] y = [.. x];
                y[k] += by;
                return potential.EvaluateDouble(y, scale, scratch);
            }

            Assert.Equal(-(Moved(1e-6) - Moved(-1e-6)) / 2e-6, forces[k], 2e-5 * largest);
        }
        // every lane has its own scale
        double[] scales = [.. Enumerable.Range(0, width).Select(w => w == 1 ? scale : w / (width - 1.0))], energies = new double[width];
        float[] lanes = [.. Enumerable.Range(0, size * width).Select(k => (float)x[k / width])], f = new float[lanes.Length];
        potential.EvaluateScaledBlock(lanes, scales, f, energies, new double[width]);
        Assert.Equal(energy, energies[1], 1e-5 * Math.Abs(energy));
        Assert.Equal(width, energies.Distinct().Count());
        Assert.All(Enumerable.Range(0, size), k => Assert.Equal(forces[k], f[k * width + 1], 2e-5 * largest));
        // and the energies in other windows are those of these windows
        double[] coupling = new double[2];
        potential.CouplingEnergies(x, [scale, 0.62], coupling);
        Assert.Equal(potential.EvaluateDouble(x, 0.62, forces) - energy, coupling[1] - coupling[0], 1e-6 * Math.Abs(energy));
    }

    /// <summary>Charges are scaled as OpenMM scales them: particles by the factor, exceptions between all atoms of the solute
    /// whole.</summary>
    [SkippableTheory]
    [InlineData(0.75)]
    [InlineData(0.3)]
    public void Scaled_charges_agree_with_OpenMM(double factor)
    {
        Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);
        WaterBox box = Box();
        ClassicalSystem system = box.System;
        var exceptions = system.Exceptions.Where(e => e.I < 4).ToDictionary(e => (Math.Min(e.I, e.J), Math.Max(e.I, e.J)));
        for (int i = 0; i < 4; i++)
            for (int j = i + 1; j < 4; j++)
                if (!exceptions.ContainsKey((i, j)))
                {
                    (NonbondedParticle a, NonbondedParticle b) = (system.Particles[i], system.Particles[j]);
                    exceptions[(i, j)] = new(i, j, a.Charge * b.Charge, (a.Sigma + b.Sigma) / 2, Math.Sqrt(a.Epsilon * b.Epsilon));
                }
        ClassicalSystem theirs = system with
        {
            Particles = [.. system.Particles.Select((p, i) => i < 4 ? p with { Charge = factor * p.Charge } : p)],
            Exceptions = [.. exceptions.Values, .. system.Exceptions.Where(e => e.I >= 4)],
            Constraints = [],
            Reach = system.Reach with { HasDispersionCorrection = false },
        };
        using var openMM = new OpenMMPotential(SystemXml.Write(theirs, 1e-6).Replace("method=\"4\"", "method=\"3\"",
            StringComparison.Ordinal));
        double[] x = [.. box.Positions.Select(v => (double)(float)v)], f = new double[x.Length], g = new double[x.Length];
        var potential = new ForceFieldPotential((system with { Reach = theirs.Reach }).ToAlchemicalEngine(s_path, 14));
        double reference = openMM.EvaluateDouble(x, f), energy = potential.EvaluateDouble(x, s_path.OfCharges(factor), g);
        Assert.Equal(reference, energy, 1e-5 * Math.Abs(reference));
        Assert.True(Math.Sqrt(f.Zip(g, (a, b) => (a - b) * (a - b)).Sum() / f.Sum(a => a * a)) < 1e-5);
    }

    [Fact]
    public void What_couples_to_nothing_is_refused()
    {
        WaterBox box = Box();
        ClassicalSystem nothing = box.System with { Particles = [.. box.System.Particles.Select((p, i) => i < 4 ? new(0, 0.3, 0) : p)] };
        Assert.Contains("0 is no free energy", Assert.Throws<ArgumentException>(() => nothing.ToAlchemicalEngine(s_path)).Message,
            StringComparison.Ordinal);
        Assert.Contains("rigid water", Assert.Throws<ArgumentException>(() => Solute().ToAlchemicalEngine(s_path)).Message,
            StringComparison.Ordinal);
        Assert.Contains("cubic", Assert.Throws<ArgumentException>(() => (box.System with { Reach = box.System.Reach with
            { Box = new(1.9, 1.9, 2.5) } }).ToAlchemicalEngine(s_path)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new ForceFieldPotential(box.System.ToEngine()).CouplingEnergies(box.Positions, [1],
            new double[1]));
    }

    /// <summary>The volume that a solute takes, against partial molar volumes in water at 298 K: methane 37, benzene 83 cm^3/mol.</summary>
    [Fact]
    public void Volumes_of_solutes_are_near_what_they_take()
    {
        NonbondedParticle c = new(0, 0.34, 0.4577), h = new(0, 0.265, 0.0657), aromatic = new(0, 0.34, 0.36), ha = new(0, 0.26, 0.063);
        double b = 0.109 / Math.Sqrt(3);
        double methane = WaterBox.VolumeOf([c, h, h, h, h], [0, 0, 0, b, b, b, b, -b, -b, -b, b, -b, -b, -b, b]);
        double[] ring = [.. new[] { 0.14, 0.249 }.SelectMany(r => Enumerable.Range(0, 6).SelectMany(k => new[] { r * Math.Cos(k
            * Math.PI / 3),
            r * Math.Sin(k * Math.PI / 3), 0 }))];
        double benzene = WaterBox.VolumeOf([.. Enumerable.Repeat(aromatic, 6), .. Enumerable.Repeat(ha, 6)], ring);
        Assert.InRange(602.2 * methane, 0.8 * 37, 1.2 * 37);
        Assert.InRange(602.2 * benzene, 0.8 * 83, 1.2 * 83);
    }

    private static ClassicalSystem Solute() => new()
    {
        Masses = [12, 35, 12, 35],
        Bonds = [new(0, 1, 0.18, 1e5), new(0, 2, 0.15, 1e5), new(2, 3, 0.18, 1e5)],
        Particles = [new(0.3, 0.34, 0.4), new(-0.2, 0.35, 1.1), new(0.1, 0.34, 0.4), new(-0.2, 0.35, 1.1)],
        Exceptions = [new(0, 1, 0, 1, 0), new(0, 2, 0, 1, 0), new(2, 3, 0, 1, 0), new(1, 2, 0, 1, 0), new(0, 3, 0, 1, 0),
            new(1, 3, 0.04 / 1.2, 0.35, 0.5)],
    };

    /// <summary>Made once; nobody moves its atoms.</summary>
    private static WaterBox Box() => s_box.Value;
}
