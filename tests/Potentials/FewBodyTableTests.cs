using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;

namespace MolSampling.Tests.Potentials;

/// <summary>Tables by rows: what proposals are made of.</summary>
public sealed class FewBodyTableTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("obc2")]
    [InlineData("gbn2")]
    public void Rows_of_a_force_field_add_up_to_it(string? solvent)
    {
        Structure built = PeptideBuilder.Build("ACE-ALA-NME");
        ClassicalSystem system = System(built.Topology, solvent);
        SystemParameters parameters = system.ToEngine();
        TermTable[] tables = [.. parameters.Terms.SelectMany(t => t.OfFewBodies([.. built.Positions.Select(x => (float)x)]))];
        double whole = Energy(parameters, built.Positions), halves = 0;
        foreach (int part in new[] { 0, 1 })
            halves += Energy(new(parameters.Masses, [.. tables.Select(t => t.Rows([.. Enumerable.Range(0, t.Count).Where(row =>
                row % 2 == part)]))]), built.Positions);
        // charges' own energy in the solvent and the surface are no interactions of few atoms: E is bilinear in charges
        double own = solvent is null ? 0 : OwnEnergies(system, built.Positions);
        Assert.Equal(whole, halves + own, 1e-5); // positions in single precision
    }

    [Fact]
    public void What_all_atoms_decide_together_has_no_rows()
    {
        Structure built = PeptideBuilder.Build("ACE-GLY-NME");
        TermTable table = System(built.Topology, "obc1").ToEngine().Terms[^1];
        Assert.Throws<NotSupportedException>(() => table.Rows([0]));
    }

    private static ClassicalSystem System(Topology topology, string? solvent) =>
        ForceField.LoadOwn(solvent is null ? ["ff14SB"] : ["ff14SB", solvent]).Parameterize(topology);

    private static double Energy(SystemParameters parameters, double[] x) => new ForceFieldPotential(parameters).EvaluateDouble(x,
        new double[x.Length]);

    /// <summary>sum_i E(only charge i) - (N - 1) E(no charge), of the solvent alone.</summary>
    private static double OwnEnergies(ClassicalSystem system, double[] x)
    {
        int n = system.AtomCount;
        double Solvent(Func<int, bool> charged)
        {
            ClassicalSystem bare = system with { Bonds = [], Angles = [], Torsions = [], Exceptions = [], Particles =
                [.. system.Particles.Select((p, i) => p with { Epsilon = 0, Charge = charged(i) ? p.Charge : 0 })] };
            return Energy(bare.ToEngine(), x);
        }
        double none = Solvent(_ => false);
        return Enumerable.Range(0, n).Sum(i => Solvent(a => a == i) - none) + none;
    }
}
