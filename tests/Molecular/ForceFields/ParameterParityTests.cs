using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Potentials.Classical;

namespace MolSampling.Tests.Molecular.ForceFields;

/// <summary>Every parameter equals what OpenMM's own ForceField assigns to the same PDB file.</summary>
public sealed class ParameterParityTests
{
    private const string Residues = "ARNDCQEGHILKMFPSTWYV";
    private const double Tolerance = 1e-9;

    [SkippableFact]
    public void All_capped_amino_acids()
    {
        OpenMMOracle.Require();
        var jobs = new List<Job>();
        foreach (char residue in Residues)
        {
            jobs.Add(new($"ACE-{residue}-NME", ["amber14-all.xml", "implicit/obc2.xml"], ["ff14SB", "obc2"]));
            jobs.Add(new($"ACE-{residue}-NME", ["amber99sbildn.xml", "amber99_obc.xml"], ["ff99SB-ILDN", "amber99_obc.xml"]));
        }
        jobs.Add(new("ACE-ALA-NME", ["amber96.xml", "amber96_obc.xml"], ["ff96", "amber96_obc.xml"]));
        jobs.Add(new("ACE-ALA-NME", ["amber96.xml", "implicit/obc1.xml"], ["ff96", "obc1"]));
        Compare(jobs);
    }

    [SkippableFact]
    public void Variants_ends_and_many_residues()
    {
        OpenMMOracle.Require();
        var jobs = new List<Job>();
        foreach ((string openMM, string ours) in new[] { ("amber14/protein.ff14SB.xml", "ff14SB"), ("amber99sbildn.xml", "ff99SB-ILDN"),
            ("amber96.xml", "ff96") })
        {
            foreach (string sequence in new[] { "ACE-HID-HIE-HIP-ASH-GLH-LYN-NHE", "ACE-CYX-G-G-CYX-NME", "ACE-" + Residues + "-NME",
                Residues, "VPA", "PRAP", "GDW", "Y-HIP-R" })
            {
                jobs.Add(new(sequence, [openMM], [ours]));
                jobs.Add(new(sequence, [openMM], [ours], Reversed: true));
            }
            jobs.Add(new("ACE-K-NME", [openMM], [ours], HydrogenMass: 3));
        }
        Compare(jobs);
    }

    /// <summary>Force fields that nothing here was written for.</summary>
    [SkippableFact]
    public void Other_force_fields_of_OpenMM()
    {
        OpenMMOracle.Require();
        Compare([.. new[] { "amber03.xml", "amber10.xml", "amber99sb.xml", "amber99sbnmr.xml", "amberfb15.xml",
            "amber14/protein.ff15ipq.xml" }
            .SelectMany(file => new[] { "ACE-" + Residues + "-NME", Residues }.Select(sequence => new Job(sequence, [file], [file])))]);
    }

    [SkippableFact]
    public void A_protein_in_water_as_it_comes()
    {
        OpenMMOracle.Require();
        const string villin = "/usr/lib/python3/dist-packages/openmm/app/data/test.pdb";
        Skip.IfNot(File.Exists(villin), "OpenMM's test.pdb is not here");
        string[] openMM = ["amber14-all.xml", "amber14/tip3p.xml"], ours = ["ff14SB", "amber14/tip3p.xml"];
        OracleSystem expected = OpenMMOracle.Parameterize([(villin, null, openMM, 2.5)])[0];
        AssertEqual(expected, ForceField.Load(ours).Parameterize(PdbReader.Read(villin).Topology, 2.5), "villin");
    }

    [SkippableFact]
    public void A_changed_parameter_is_seen()
    {
        OpenMMOracle.Require();
        Structure peptide = PeptideBuilder.Build("ACE-ALA-NME");
        OracleSystem expected = OpenMMOracle.Parameterize([("", peptide, ["amber14/protein.ff14SB.xml"], null)])[0];
        ClassicalSystem system = ForceField.Load("ff14SB").Parameterize(peptide.Topology);
        AssertEqual(expected, system, "ALA");
        PeriodicTorsionParameters last = system.Torsions[^1];
        Assert.ThrowsAny<Exception>(() =>
            AssertEqual(expected,
            system with { Torsions = [.. system.Torsions.SkipLast(1), last with { ForceConstant = last.ForceConstant * (1 + 1e-7) }] },
            "ALA"));
        Assert.ThrowsAny<Exception>(() =>
            AssertEqual(expected, system with { Torsions = [.. system.Torsions.SkipLast(1), last with { I = last.J, J = last.I }] },
            "ALA"));
        Assert.ThrowsAny<Exception>(() => AssertEqual(expected, system with { Exceptions = [.. system.Exceptions.Skip(1)] }, "ALA"));
    }

    private static void Compare(List<Job> jobs)
    {
        Structure[] structures = [.. jobs.Select(j => PeptideBuilder.Build(j.Sequence) is var s && j.Reversed ? WithReversedResidues(s)
            : s)];
        IReadOnlyList<OracleSystem> expected =
            OpenMMOracle.Parameterize(jobs.Zip(structures, (j, s) => ("", (Structure?)s, j.OpenMM, j.HydrogenMass)));
        Assert.Equal(jobs.Count, expected.Count);
        for (int i = 0; i < jobs.Count; i++)
        {
            ClassicalSystem system = ForceField.Load(jobs[i].Ours).Parameterize(structures[i].Topology, jobs[i].HydrogenMass);
            AssertEqual(expected[i], system, $"{jobs[i].Sequence} {jobs[i].Ours[0]}{(jobs[i].Reversed ? ", reversed" : "")}");
        }
    }

    /// <summary>Atoms in another order than the template's: which of equivalent atoms is matched to which then shows in the
    /// impropers.</summary>
    private static Structure WithReversedResidues(Structure structure)
    {
        Topology topology = structure.Topology;
        int[] order = [.. topology.Residues.SelectMany(r => Enumerable.Range(r.FirstAtom, r.AtomCount).Reverse())];
        int[] place = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
            place[order[i]] = i;
        return new(new([.. order.Select(i => topology.Atoms[i])], topology.Residues,
            [.. topology.Bonds.Select(b => new TopologyBond(place[b.I], place[b.J]))]),
            [.. order.SelectMany(i => structure.Positions[(3 * i)..(3 * i + 3)])]);
    }

    private static void AssertEqual(OracleSystem expected, ClassicalSystem actual, string what)
    {
        AssertRows(expected.Masses.Select(m => new[] { m }), actual.Masses.Select(m => new[] { m }), 0, what + ": masses", false);
        AssertRows(expected.Bonds, actual.Bonds.Select(b => new[] { b.I, b.J, b.Length, b.K }), 2, what + ": bonds");
        AssertRows(expected.Angles, actual.Angles.Select(a => new[] { a.I, a.J, a.K, a.Angle, a.ForceConstant }), 3, what + ": angles");
        AssertRows(expected.Torsions, actual.Torsions.Select(t => new[] { t.I, t.J, t.K, t.L, t.Periodicity, t.Phase, t.ForceConstant }), 4,
            what + ": torsions");
        AssertRows(expected.Particles, actual.Particles.Select(p => new[] { p.Charge, p.Sigma, p.Epsilon }), 0, what + ": particles",
            false);
        AssertRows(expected.Exceptions, actual.Exceptions.Select(e => new[] { e.I, e.J, e.ChargeProduct, e.Sigma, e.Epsilon }), 2,
            what + ": exceptions");
        AssertRows(expected.Radii.Select(r => new[] { r }), (actual.ImplicitSolvent?.Radii ?? []).Select(r => new[] { r }), 0,
            what + ": radii", false);
        AssertRows(expected.Scales.Select(s => new[] { s }), (actual.ImplicitSolvent?.Scales ?? []).Select(s => new[] { s }), 0,
            what + ": scales", false);
    }

    /// <summary>Rows may come in any order and their atoms from either end.</summary>
    private static void AssertRows(IEnumerable<double[]> expected, IEnumerable<double[]> actual, int atoms, string what, bool sort = true)
    {
        double[][] a = Canonical(expected), b = Canonical(actual);
        Assert.True(a.Length == b.Length, $"{what}: {b.Length} instead of {a.Length}");
        for (int i = 0; i < a.Length; i++)
            for (int j = 0; j < a[i].Length; j++)
                Assert.True(Math.Abs(a[i][j] - b[i][j]) <= Tolerance * Math.Abs(a[i][j]),
                    $"{what}: [{string.Join(' ', b[i])}] instead of [{string.Join(' ', a[i])}]");

        double[][] Canonical(IEnumerable<double[]> rows)
        {
            IEnumerable<double[]> turned = rows.Select(r => atoms > 0 && r[0] > r[atoms - 1] ? [.. r[..atoms].Reverse(), .. r[atoms..]]
                : r);
            return sort ? [.. turned.Order(Comparer<double[]>.Create((x, y) => x.Zip(y, (p, q) => p.CompareTo(q)).FirstOrDefault(c =>
                c != 0)))] : [.. turned];
        }
    }

    private sealed record Job(string Sequence, string[] OpenMM, string[] Ours, bool Reversed = false, double? HydrogenMass = null);
}
