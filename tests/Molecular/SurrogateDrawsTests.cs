using MolSampling.Jobs.Conformers;
using MolSampling.Molecular.Systems;
using MolSampling.Potentials;
using MolSampling.Potentials.Xtb;

namespace MolSampling.Tests.Molecular;

/// <summary>Ensembles of an energy that is asked a few thousand times only: exact whatever the surrogate is.</summary>
public sealed class SurrogateDrawsTests
{
    private const string Smiles = "CCCO"; // trans-trans 20 % by MMFF94s, 7 % by Sage

    /// <summary>Sage takes the place of an energy of milliseconds, since its own ensemble is known from millions of evaluations.</summary>
    [Fact]
    public void Populations_are_those_of_the_energy_and_not_of_the_surrogate_or_of_what_it_was_fitted_from()
    {
        using var molecule = RDKitMolecule.FromSmiles(Smiles);
        ConformerResult found = Run(molecule, new() { Seed = 4 });
        // this seed's weights stand at the border of what a verdict allows (Pareto shape 0.70); numbers are to be right on both sides of it
        Assert.True(found.Status == ConformerStatus.Ok || found.Reason!.Contains("heavy tail", StringComparison.Ordinal), found.Reason);
        Assert.InRange(found.Diagnostics!.EnergyEvaluations, 500, 10_000);
        Assert.Contains("weighed by Sage", found.Method, StringComparison.Ordinal);

        var direct = new ConformerOptions { ForceField = "sage-2.2.1", Charges = "gasteiger", Seed = 5 };
        ConformerResult exact = new ConformerSampler(direct).Run(molecule, Smiles),
            first = new ConformerSampler(direct with { ForceField = "mmff94s", Charges = null }).Run(molecule, Smiles);
        Assert.Equal(ConformerStatus.Ok, exact.Status);
        double[] z = [.. Scores(found, exact)];
        Assert.True(z.Length >= 5 && z.Average(v => v * v) < 2.5 && z.Max() < 4, string.Join(' ', z.Select(v => $"{v:f1}")));
        Assert.True(Scores(first, exact).Max() > 8); // the power of this comparison
        (double u, double error) = Energy(found);
        (double v, double other) = Energy(exact);
        Assert.InRange(Math.Abs(u - v), 0, 4 * Math.Sqrt(error * error + other * other));
    }

    [Fact]
    public void Few_labels_are_no_convergence_and_one_thread_gives_the_same_bytes()
    {
        using var molecule = RDKitMolecule.FromSmiles("CO");
        ConformerResult found = Run(molecule, new() { Labels = 40 }), again = Run(molecule, new() { Labels = 40, Threads = 1 });
        Assert.Equal(Energy(found), Energy(again)); // one basin's population would say nothing
        Assert.Equal(ConformerStatus.Partial, found.Status);
        Assert.Contains("effective sample size", found.Reason, StringComparison.Ordinal);
        Assert.False(found.Diagnostics!.Converged);
    }

    /// <summary>Where they began is no judgement: a hot force field's geometries are unlikely by any energy.</summary>
    [Fact]
    public void Walkers_without_the_time_to_judge_are_no_convergence()
    {
        using var molecule = RDKitMolecule.FromSmiles("CO");
        using var stop = new CancellationTokenSource();
        ConformerResult found = Sampler(new()).Run(molecule, "CO", p =>
        {
            if (p.Stage == "walkers" && p.Fraction >= 0.25)
                stop.Cancel();
        }, stop.Token), whole = Sampler(new()).Run(molecule, "CO");
        Assert.Equal(ConformerStatus.Failed, found.Status); // walkers come before draws; those that lack steps: JudgingWalkersTests
        Assert.Contains("interrupted before the first samples", found.Reason, StringComparison.Ordinal);
        Assert.True(whole.Status == ConformerStatus.Ok, whole.Reason);
    }

    [Fact]
    public void An_energy_without_numbers_ends_in_a_reason()
    {
        using var molecule = RDKitMolecule.FromSmiles("CCO");
        ConformerResult found = new ConformerSampler(new() { Method = ConformerMethod.Surrogate, EnergyName = "nothing" }, m =>
            new NoEnergy(m.Molecule.Atoms.Count)).Run(molecule, "CCO");
        Assert.Equal(ConformerStatus.Failed, found.Status);
        Assert.Equal("no geometry has an energy", found.Reason);
    }

    [Fact]
    public void Costly_energies_are_sampled_by_a_surrogate_unless_it_is_said_otherwise()
    {
        Assert.True(MoleculeEnergies.IsCostly("gfn2"));
        Assert.False(MoleculeEnergies.IsCostly("mmff94s"));
        Assert.False(MoleculeEnergies.IsCostly("ff14SB"));
    }

    /// <summary>trans 59.9 +- 0.9 %, &lt;U&gt; -35831.4 +- 0.3 kJ/mol: 179,456 evaluations of GFN2 by 32 walkers (Hamiltonian Monte Carlo
    /// and turns of torsions) under U + 6 kJ/mol (1 - cos 3 phi), weighed back to U.</summary>
    [SkippableFact]
    public void Butane_by_GFN2_has_the_populations_of_chains_that_know_no_surrogate()
    {
        SlowTests.Require(); // forty seconds; the statement on an energy of microseconds is above
        Skip.IfNot(XtbLibrary.IsAvailable, XtbLibrary.Problem);
        using var molecule = RDKitMolecule.FromSmiles("CCCC");
        ConformerResult found = new ConformerSampler(new() { ForceField = "gfn2", Seed = 2 }).Run(molecule, "CCCC");
        Assert.True(found.Status == ConformerStatus.Ok, found.Reason);
        Basin trans = found.Basins.Single(b => b.State == "t");
        Assert.InRange(Math.Abs(trans.Population - 0.599), 0, 3 * Math.Sqrt(trans.PopulationError * trans.PopulationError + 0.009 * 0.009));
        (double u, double error) = Energy(found);
        Assert.InRange(Math.Abs(u + 35831.4), 0, 3 * Math.Sqrt(error * error + 0.3 * 0.3));
        Assert.Equal("GFN2-xTB", found.Method!.Split("weighed by ")[1]);
    }

    private static ConformerResult Run(RDKitMolecule molecule, ConformerOptions options) => Sampler(options).Run(molecule, Smiles);

    private static ConformerSampler Sampler(ConformerOptions options) =>
        new(options with { Method = ConformerMethod.Surrogate, EnergyName = "Sage" }, m =>
            MoleculeEnergies.Create("sage-2.2.1", m, charges: "gasteiger").Potential);

    /// <summary>Differences of populations over their errors, of basins that both have.</summary>
    private static IEnumerable<double> Scores(ConformerResult a, ConformerResult b) => a.Basins.Join(b.Basins, x => x.State, y => y.State,
        (x, y) => (x, y)).Where(p => p.x.Below is null && p.y.Below is null).Select(p => Math.Abs(p.x.Population - p.y.Population)
            / Math.Sqrt(p.x.PopulationError * p.x.PopulationError + p.y.PopulationError * p.y.PopulationError));

    private static (double Value, double Error) Energy(ConformerResult result)
    {
        EnsembleAverage energy = result.Averages.First(a => a.Name == "energy");
        return (energy.Value, energy.Error);
    }

    private sealed class NoEnergy(int atoms) : Potential
    {
        public override string Name => "nothing";

        public override string Fingerprint => new('0', 64);

        public override int AtomCount => atoms;

        public override IReadOnlyList<double> Masses => [.. Enumerable.Repeat(12.0, atoms)];

        public override int BlockWidth => 4;

        public override bool IsTranslationInvariant => true;

        public override void EvaluateBlock(ReadOnlySpan<float> positions, Span<float> forces, Span<double> energies)
        {
            forces.Fill(float.NaN);
            energies.Fill(double.NaN);
        }

        public override double EvaluateDouble(ReadOnlySpan<double> positions, Span<double> forces)
        {
            forces.Fill(double.NaN);
            return double.NaN;
        }
    }
}
