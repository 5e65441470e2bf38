using MolSampling.Molecular.Chemistry;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.ForceFields;
using MolSampling.Potentials;
using MolSampling.Sampling.Proposals;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>
/// What a force field says about torsions before any sampling. Each of its terms depends on the rotors between its atoms, so with rigid
/// fragments U(tau) = sum_i U_i(tau_i) + sum_ij U_ij(tau_i, tau_j) + terms of three rotors and more, where U_i and U_ij are tables that the
/// engine evaluates on the parts of the force field that belong to them.
/// </summary>
internal static class RotorTables
{
    private const double Cap = 60; // in kT: a clash is a clash

    /// <summary>The product of the Boltzmann factors of all one- and two-rotor terms, as a proposal.</summary>
    /// <param name="rotors">Local structures.</param>
    /// <param name="masses">[N] Da.</param>
    /// <param name="terms">Of the force field.</param>
    /// <param name="beta">mol/kJ.</param>
    /// <param name="logStates">[S] of the local structures.</param>
    /// <param name="cancellation">Leaves the rest of the tables out: those of single rotors come first, then neighbours, and without any
    /// there is still a density.</param>
    public static TorusProposal Build(RigidRotors rotors, IReadOnlyList<double> masses, MmffTerms terms, double beta, double[] logStates,
        CancellationToken cancellation = default)
    {
        RotorTree tree = rotors.Tree;
        int count = tree.Rotors.Count;
        var parts = new Dictionary<(int, int), (List<MmffTorsionRow> Torsions, List<MmffPairRow> Pairs)>();
        foreach (MmffTorsionRow row in terms.Torsions)
            if (Part(tree.RotorsBetween(row.I, row.J, row.K, row.L)) is { } part)
                part.Torsions.Add(row);
        foreach (MmffPairRow row in terms.Pairs)
            if (Part(tree.RotorsBetween(row.I, row.J)) is { } part)
                part.Pairs.Add(row);
        float[][] single = [.. Enumerable.Range(0, rotors.States).Select(_ => new float[count * CircleGrid.Nodes])];
        var pairs = new List<PairFactor>();
        foreach (((int i, int j), (List<MmffTorsionRow> torsions, List<MmffPairRow> between)) in parts.OrderBy(p =>
            p.Key.Item2 - p.Key.Item1).ThenBy(p => p.Key))
        {
            if (cancellation.IsCancellationRequested)
                break;
            var potential = new ForceFieldPotential(Mmff94.Parameterise(masses, terms with { Bonds = [], Angles = [], StretchBends = [],
                OutOfPlanes = [], Torsions = torsions, Pairs = between }));
            float[][] tables = [.. Enumerable.Range(0, rotors.States).Select(s => Table(rotors, potential, s, i, j, beta))];
            if (i != j)
                pairs.Add(new(i, j, tables));
            for (int s = 0; i == j && s < rotors.States; s++)
                tables[s].CopyTo(single[s], i * CircleGrid.Nodes);
        }
        return new(logStates, single, [.. pairs.OrderBy(p => p.Earlier).ThenBy(p => p.Later)]);

        (List<MmffTorsionRow> Torsions, List<MmffPairRow> Pairs)? Part(int[] between)
        {
            if (between.Length is 0 or > 2)
                return null;
            (int, int) key = (between[0], between[^1]);
            if (!parts.TryGetValue(key, out (List<MmffTorsionRow>, List<MmffPairRow>) part))
                parts[key] = part = ([], []);
            return part;
        }
    }

    private static float[] Table(RigidRotors rotors, ForceFieldPotential potential, int state, int i, int j, double beta)
    {
        const int nodes = CircleGrid.Nodes;
        int count = rotors.Tree.Rotors.Count, size = i == j ? nodes : nodes * nodes;
        float[] angles = new float[size * count];
        for (int n = 0; n < size; n++)
        {
            angles[n * count + j] = (float)(-Math.PI + n % nodes * CircleGrid.Step);
            if (i != j)
                angles[n * count + i] = (float)(-Math.PI + n / nodes * CircleGrid.Step);
        }
        double[] energies = new double[size];
        rotors.Evaluate(potential, [.. Enumerable.Repeat(state, size)], angles, energies);
        double least = energies.Where(double.IsFinite).Min();
        return [.. energies.Select(u => double.IsFinite(u) ? (float)-Math.Min(Cap, beta * (u - least)) : (float)-Cap)];
    }
}
