using MolSampling.Potentials;
using MolSampling.Potentials.Engine;
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
    /// <param name="rotors">Local structures; Born radii of a solvent are as in the first.</param>
    /// <param name="energy">The terms of a force field, whichever.</param>
    /// <param name="beta">mol/kJ.</param>
    /// <param name="logStates">[S] of the local structures.</param>
    /// <param name="cancellation">Leaves the rest of the tables out: those of single rotors come first, then neighbours, and without any
    /// there is still a density.</param>
    public static TorusProposal Build(RigidRotors rotors, SystemParameters energy, double beta, double[] logStates,
        CancellationToken cancellation = default)
    {
        int count = rotors.Tree.Rotors.Count;
        float[][] single = [.. Enumerable.Range(0, rotors.States).Select(_ => new float[count * CircleGrid.Nodes])];
        var pairs = new List<PairFactor>();
        foreach (((int i, int j), List<TermTable> tables) in Parts(rotors, energy))
        {
            if (cancellation.IsCancellationRequested)
                break;
            var potential = new ForceFieldPotential(new(energy.Masses, tables));
            float[][] values = [.. Enumerable.Range(0, rotors.States).Select(s => Table(rotors, potential, s, i, j, beta))];
            if (i != j)
                pairs.Add(new(i, j, values));
            for (int s = 0; i == j && s < rotors.States; s++)
                values[s].CopyTo(single[s], i * CircleGrid.Nodes);
        }
        return new(logStates, single, [.. pairs.OrderBy(p => p.Earlier).ThenBy(p => p.Later)]);
    }

    /// <summary>The interactions that one rotor changes (i, i) or two (i, j), each as tables of their own.</summary>
    private static IOrderedEnumerable<KeyValuePair<(int I, int J), List<TermTable>>> Parts(RigidRotors rotors, SystemParameters energy)
    {
        var parts = new Dictionary<(int I, int J), List<TermTable>>();
        foreach (TermTable table in energy.Terms.SelectMany(t => t.OfFewBodies(rotors.Structures[0])))
            foreach (var rows in Enumerable.Range(0, table.Count).Select(row => (Row: row, Rotors: rotors.Tree.RotorsBetween([..
                table.Atoms.Skip(row * table.Arity).Take(table.Arity)]))).Where(r => r.Rotors.Length is 1 or 2).GroupBy(r => (r.Rotors[0],
                r.Rotors[^1])))
            {
                if (!parts.TryGetValue(rows.Key, out List<TermTable>? part))
                    parts[rows.Key] = part = [];
                part.Add(table.Rows([.. rows.Select(r => r.Row)]));
            }
        return parts.OrderBy(p => p.Key.J - p.Key.I).ThenBy(p => p.Key);
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
