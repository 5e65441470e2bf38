using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Periodic;
using MolSampling.Potentials.Terms;

namespace MolSampling.Potentials.Classical;

/// <summary>From a <see cref="ClassicalSystem"/> to the engine's tables.</summary>
public static class EngineParameters
{
    /// <summary>K = 1/(4 pi eps0), kJ nm/mol/e^2 (CODATA 2018).</summary>
    public const double CoulombConstant = 138.93545764438198;

    /// <summary>The tables of a system.</summary>
    /// <param name="system">The system.</param>
    /// <param name="sharpness">Of <see cref="EwaldSplit"/>, in a periodic box.</param>
    /// <exception cref="ArgumentException">Something the engine has no term for, or numbers that do not fit together; one line.</exception>
    public static SystemParameters ToEngine(this ClassicalSystem system, double sharpness = EwaldSplit.DefaultSharpness)
    {
        var held = new HeldDistances(system);
        held.ThrowIfOdd();
        List<TermTable> tables =
        [
            new TwoBodyTable<HarmonicBond>([.. system.Bonds.SelectMany(b => new[] { b.I, b.J })],
                [.. system.Bonds.SelectMany(b => new[] { b.K, b.Length })]),
            new ThreeBodyTable<HarmonicAngle>([.. system.Angles.SelectMany(a => new[] { a.I, a.J, a.K })],
                [.. system.Angles.SelectMany(a => new[] { a.ForceConstant, a.Angle })]),
            .. Torsions(system.Torsions),
            new OneBodyTable<HarmonicWell>([.. system.Restraints.Select(r => r.Atom)],
                [.. system.Restraints.SelectMany(r => new[] { r.K, r.X, r.Y, r.Z })]),
        ];
        if (system.Particles.Count > 0)
            AddNonbonded(system, tables, held.Waters, sharpness);
        else if (system.ImplicitSolvent is not null)
            throw new ArgumentException("An implicit solvent needs charges.");
        return new(system.Masses, tables)
        {
            Constraints = held.ToConstraints(),
            VirtualSites = system.VirtualSites,
            Box = system.Reach.Box is { } box ? new PeriodicBox(box, PeriodicParameters.Molecules(system)) : null,
        };
    }

    private static IEnumerable<TermTable> Torsions(IReadOnlyList<PeriodicTorsionParameters> torsions)
    {
        // all terms on the same four atoms, read from either end, are one row
        var rows = torsions.GroupBy(t => t.J < t.K || (t.J == t.K && t.I < t.L) ? (t.I, t.J, t.K, t.L) : (t.L, t.K, t.J, t.I)).OrderBy(g =>
            g.Key)
            .Select(g => (Atoms: new[] { g.Key.Item1, g.Key.Item2, g.Key.Item3, g.Key.Item4 },
                Row: PeriodicTorsion.Row(g.Select(t => (t.Periodicity, t.Phase, t.ForceConstant))))).ToArray();
        var even = rows.Select(r => (r.Atoms, Row: EvenTorsion.Row(r.Row)!)).Where(r => r.Row is not null).ToArray();
        var others = rows.Where(r => EvenTorsion.Row(r.Row) is null).ToArray();
        yield return new FourBodyTable<EvenTorsion>([.. even.SelectMany(r => r.Atoms)], [.. even.SelectMany(r => r.Row)]);
        yield return new FourBodyTable<PeriodicTorsion>([.. others.SelectMany(r => r.Atoms)], [.. others.SelectMany(r => r.Row)]);
    }

    private static void AddNonbonded(ClassicalSystem system, List<TermTable> tables, WaterRun? waters, double sharpness)
    {
        int n = system.AtomCount;
        if (system.Particles.Count != n + system.VirtualSites.Count)
            throw new ArgumentException($"{system.Particles.Count} particles with charges for {n} atoms"
                + (system.VirtualSites.Count > 0 ? $" and {system.VirtualSites.Count} virtual sites." : "."));
        if (system.VirtualSites.Count > 0 && !system.Reach.IsEwald)
            throw new ArgumentException("The engine has virtual sites for waters under Ewald's sum only: run the system on OpenMM.");
        var exceptions = new Dictionary<(int, int), ExceptionPair>();
        foreach (ExceptionPair e in system.Exceptions)
            exceptions[(Math.Min(e.I, e.J), Math.Max(e.I, e.J))] = e;
        if (system.Reach.Cutoff is { } cutoff)
        {
            if (system.ImplicitSolvent is not null)
                throw new ArgumentException("The engine has no cut-off for an implicit solvent: leave the cut-off out, or run the system on OpenMM.");
            if (system.Reach.IsEwald)
            {
                if (system.Reach.Box is null)
                    throw new ArgumentException("Ewald's sum needs a periodic box.");
                tables.AddRange(PeriodicParameters.Tables(system, exceptions, waters, sharpness));
                tables.Add(PairTable<LennardJones, Coulomb>.Create(Interacting(exceptions.Values)));
                return;
            }
            AddCut(system, cutoff, exceptions, tables);
            return;
        }
        if (system.Reach.Box is not null)
            throw new ArgumentException("A periodic box needs a cut-off.");
        if (system.ImplicitSolvent is { } solvent)
        {
            var pairs = new List<double[]>(n * (n - 1) / 2);
            for (int i = 0; i < n; i++)
                for (int j = i + 1; j < n; j++)
                    pairs.Add(exceptions.TryGetValue((i, j), out ExceptionPair e) ? Row(e) : Row(system.Particles[i], system.Particles[j]));
            tables.Add(Solvated(system.Particles, solvent, pairs));
            return;
        }
        var free = new List<(int, int, double[])>();
        for (int i = 0; i < n; i++)
            for (int j = i + 1; j < n; j++)
                if (!exceptions.ContainsKey((i, j)))
                    free.Add((i, j, Row(system.Particles[i], system.Particles[j])));
        tables.Add(PairTable<LennardJones, Coulomb>.Create(free.Concat(Interacting(exceptions.Values))));
    }

    private static TermTable Solvated(IReadOnlyList<NonbondedParticle> particles, GeneralizedBornParameters solvent,
        List<double[]> pairs)
    {
        int n = particles.Count;
        double scale = Math.Sqrt(CoulombConstant * (1 / solvent.SoluteDielectric - 1 / solvent.SolventDielectric));
        double[] charges = [.. particles.Select(p => scale * p.Charge)];
        BornModel model = solvent.Model;
        if (model.NeckScale() == 0)
            return SolvatedPairTable<LennardJones, Coulomb, NoNeck>.Create(charges, solvent.Radii, solvent.Scales, model.Offset(),
                [solvent.CoefficientsOf(0)], solvent.SurfaceTension, pairs);
        if (solvent.Radii.Count != n)
            throw new ArgumentException($"{solvent.Radii.Count} Born radii for {n} atoms.");
        for (int i = 0, pair = 0; i < n; i++)
            for (int j = i + 1; j < n; j++, pair++)
                pairs[pair] = [.. pairs[pair], .. NeckOf(model, solvent.Radii[i], solvent.Radii[j])];
        return SolvatedPairTable<LennardJones, Coulomb, Neck>.Create(charges, solvent.Radii, solvent.Scales, model.Offset(),
            [.. Enumerable.Range(0, n).Select(solvent.CoefficientsOf)], solvent.SurfaceTension, pairs);
    }

    private static double[] NeckOf(BornModel model, double first, double second) =>
        Neck.Row(first + second, model.NeckScale(), NeckTable.Maximum(first, second), NeckTable.Maximum(second, first));

    private static void AddCut(ClassicalSystem system, double cutoff, Dictionary<(int, int), ExceptionPair> exceptions,
        List<TermTable> tables)
    {
        NonbondedReach reach = system.Reach;
        if (reach.Box is { } box && 2 * cutoff > Math.Min(box.X, Math.Min(box.Y, box.Z)))
            throw new ArgumentException($"The cut-off {cutoff} nm is more than half the box{box}.");
        double switching = reach.SwitchDistance ?? cutoff, e = reach.ReactionFieldDielectric;
        double[] end =
        [
            cutoff, switching, switching < cutoff ? 1 / (cutoff - switching) : 0,
            cutoff, (e - 1) / ((2 * e + 1) * cutoff * cutoff * cutoff), 3 * e / ((2 * e + 1) * cutoff),
        ];
        var cut = new List<(int, int, double[])>();
        for (int i = 0; i < system.AtomCount; i++)
        {
            for (int j = i + 1; j < system.AtomCount; j++)
            {
                if (exceptions.ContainsKey((i, j)))
                    continue;
                double[] row = Row(system.Particles[i], system.Particles[j]);
                cut.Add((i, j, [row[0], row[1], end[0], end[1], end[2], row[2], end[3], end[4], end[5]]));
            }
        }
        tables.Add(PairTable<LennardJonesSwitched, CoulombReactionField>.Create(cut, reach.Box));
        tables.Add(PairTable<LennardJones, Coulomb>.Create(Interacting(exceptions.Values)));
    }

    private static IEnumerable<(int, int, double[])> Interacting(IEnumerable<ExceptionPair> exceptions) =>
        exceptions.Where(e => e.ChargeProduct != 0 || e.Epsilon != 0).Select(e => (e.I, e.J, Row(e)));

    private static double[] Row(ExceptionPair e) => [e.Sigma, 4 * e.Epsilon, CoulombConstant * e.ChargeProduct];

    private static double[] Row(NonbondedParticle a, NonbondedParticle b) =>
        [(a.Sigma + b.Sigma) / 2, 4 * Math.Sqrt(a.Epsilon * b.Epsilon), CoulombConstant * a.Charge * b.Charge];
}
