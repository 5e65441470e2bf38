using System.Globalization;
using System.Text;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Potentials.Classical;

namespace MolSampling.Tests.Molecular.ForceFields;

/// <summary>Built peptides have the right atoms, the right hands and no clashes.</summary>
public sealed class PeptideBuilderTests
{
    private const string All = "ACE-ARNDCQEGHILKMFPSTWYV-NME";

    [Theory]
    [InlineData("ACE-ALA-NME", "ACE ALA NME", 22)]
    [InlineData("Ace-A-Nme", "ACE ALA NME", 22)]
    [InlineData("ACE-ALA-ALA-NME", "ACE ALA ALA NME", 32)]
    [InlineData("AAAA", "ALA ALA ALA ALA", 43)]
    [InlineData("Ala", "ALA", 13)]
    [InlineData("A-L-A", "ALA LEU ALA", 42)]
    [InlineData("aPg", "ALA PRO GLY", 34)]
    [InlineData("ace-his-nh2", "ACE HIE NHE", 26)]
    [InlineData("ACE-NME", "ACE NME", 12)]
    public void Sequences_are_read(string text, string residues, int atoms)
    {
        Topology topology = PeptideBuilder.Build(text).Topology;
        Assert.Equal(residues, string.Join(' ', topology.Residues.Select(r => r.Name)));
        Assert.Equal(atoms, topology.Atoms.Count);
        Assert.Equal(atoms, topology.Residues.Sum(r => r.AtomCount));
    }

    [Theory]
    [InlineData("ALA", "'ALA' may be one residue or three: write Ala or A-L-A")]
    [InlineData("ACE-XYZ-NME", "'ACE-XYZ-NME': there is no residue 'XYZ'")]
    [InlineData("AAB", "'AAB': there is no residue 'AAB'")]
    [InlineData("A-ACE-A", "'A-ACE-A': ACE cannot stand at place 2 of 3")]
    [InlineData("NME", "'NME' holds no amino acid")]
    [InlineData("A--A", "'A--A' is no peptide sequence: write ACE-ALA-NME or AAAA")]
    [InlineData("", "'' is no peptide sequence: write ACE-ALA-NME or AAAA")]
    [InlineData("ACE-CYX-NME", "'ACE-CYX-NME' has an odd number of bridged cysteines (CYX)")]
    public void What_is_no_sequence_is_told_in_one_line(string text, string message)
    {
        string told = Assert.Throws<ArgumentException>(() => PeptideBuilder.Build(text)).Message;
        Assert.StartsWith(message, told, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', told);
    }

    [Theory]
    [InlineData(All)]
    [InlineData("ARNDCQEGHILKMFPSTWYV")]
    [InlineData("PPPP")]
    [InlineData("WWWW")]
    [InlineData("VVVVVVVV")]
    [InlineData("ACE-HID-HIP-ASH-GLH-LYN-CYM-NHE")]
    public void All_residues_are_left_handed_and_apart(string sequence)
    {
        Structure peptide = PeptideBuilder.Build(sequence);
        Assert.Empty(WrongHands(peptide));
        for (int i = 0; i < peptide.Topology.Atoms.Count; i++)
            for (int j = 0; j < i; j++)
            {
                double distance = Norm(Difference(peptide, i, j));
                bool bonded = peptide.Topology.Neighbours[i].Contains(j), third = peptide.Topology.Neighbours[i].Any(k =>
                    peptide.Topology.Neighbours[k].Contains(j));
                Assert.True(distance > (bonded ? 0.09 : third ? 0.15 : 0.18),
                    $"{peptide.Topology.Describe(i)} and {peptide.Topology.Describe(j)}: {distance} nm");
            }
    }

    /// <summary>RDKit's Cahn-Ingold-Prelog labels of the coordinates; cysteine is R by the rank of its sulfur.</summary>
    [Theory]
    [InlineData("ALA", "CA S")]
    [InlineData("CYS", "CA R")]
    [InlineData("ILE", "CA S CB S")]
    [InlineData("LEU", "CA S")]
    [InlineData("MET", "CA S")]
    [InlineData("PRO", "CA S")]
    [InlineData("SER", "CA S")]
    [InlineData("THR", "CA S CB R")]
    [InlineData("VAL", "CA S")]
    public void Hands_are_right_by_RDKit(string residue, string labels)
    {
        Structure peptide = PeptideBuilder.Build($"ACE-{residue}-NME");
        Topology topology = peptide.Topology;
        var block = new StringBuilder().Append(CultureInfo.InvariantCulture,
            $"{residue}\n  test              3D\n\n{topology.Atoms.Count,3}{topology.Bonds.Count,3}  0  0  1  0            999 V2000\n");
        for (int i = 0; i < topology.Atoms.Count; i++)
            block.Append(CultureInfo.InvariantCulture,
                $"{10 * peptide.Positions[3 * i],10:F4}{10 * peptide.Positions[3 * i + 1],10:F4}{10 * peptide.Positions[3 * i + 2],10:F4} {topology.Atoms[i].Symbol,-3} 0  0  0  0  0  0  0  0  0  0  0  0\n");
        foreach (TopologyBond bond in topology.Bonds)
            block.Append(CultureInfo.InvariantCulture,
                $"{bond.I + 1,3}{bond.J + 1,3}{((topology.Atoms[bond.I].Name, topology.Atoms[bond.J].Name) is ("C", "O") ? 2 : 1),3}  0\n");
        using var molecule = RDKitMolecule.FromMolBlock(block.Append("M  END\n").ToString(), residue, "test", 1, false);
        var found = Enumerable.Range(0, topology.Atoms.Count).Where(i => molecule.Molecule.Atoms[i].Chirality != '\0').Select(i =>
            $"{topology.Atoms[i].Name} {molecule.Molecule.Atoms[i].Chirality}").Order();
        Assert.Equal(labels, string.Join(' ', found));
    }

    [Fact]
    public void A_mirror_image_is_seen()
    {
        Structure peptide = PeptideBuilder.Build(All);
        Structure mirror = peptide with { Positions = [.. peptide.Positions.Select((x, i) => i % 3 == 2 ? -x : x)] };
        Assert.Equal(19 + 2, WrongHands(mirror).Count);
    }

    [Fact]
    public void Bonds_and_angles_are_near_the_force_fields()
    {
        foreach (string sequence in new[] { All, "ARNDCQEGHILKMFPSTWYV", "P", "ACE-HID-HIP-ASH-GLH-LYN-CYM-NHE" })
        {
            Structure peptide = PeptideBuilder.Build(sequence == "P" ? "PA" : sequence);
            ClassicalSystem system = ForceField.Load("ff14SB").Parameterize(peptide.Topology);
            foreach (HarmonicBondParameters bond in system.Bonds)
                Assert.True(Math.Abs(Norm(Difference(peptide, bond.I, bond.J)) - bond.Length) < 0.012,
                    $"{peptide.Topology.Describe(bond.I)} to {peptide.Topology.Describe(bond.J)}");
            foreach (HarmonicAngleParameters angle in system.Angles)
            {
                // Amber's equilibrium angles are those of open chains; in five-membered rings geometry forbids them.
                double difference = Math.Abs(Angle(peptide, angle.I, angle.J, angle.K) - angle.Angle) * 180 / Math.PI;
                Assert.True(difference < 20,
                    $"{peptide.Topology.Describe(angle.I)}, {peptide.Topology.Describe(angle.J)}, {peptide.Topology.Describe(angle.K)}: {difference} degrees off");
            }
        }
    }

    [Fact]
    public void Cysteine_bridges_are_bonds()
    {
        Topology topology = PeptideBuilder.Build("CYX-G-CYX-CYX-CYX").Topology;
        Assert.Equal(2, topology.Bonds.Count(b => topology.Atoms[b.I].Name == "SG" && topology.Atoms[b.J].Name == "SG"));
    }

    /// <summary>CA of all but glycine; CB of ILE (S) and THR (R), which stand alike.</summary>
    private static List<string> WrongHands(Structure peptide)
    {
        var wrong = new List<string>();
        for (int r = 0; r < peptide.Topology.Residues.Count; r++)
        {
            TopologyResidue residue = peptide.Topology.Residues[r];
            var atoms = Enumerable.Range(residue.FirstAtom, residue.AtomCount).ToDictionary(i => peptide.Topology.Atoms[i].Name);
            if (atoms.ContainsKey("CB") && !IsPositive("CA", "N", "C", "CB"))
                wrong.Add($"{residue} CA");
            if (residue.Name is "ILE" or "THR" && !IsPositive("CB", "CA", residue.Name == "ILE" ? "CG1" : "OG1", "CG2"))
                wrong.Add($"{residue} CB");

            bool IsPositive(string centre, string a, string b, string c) =>
                Triple(Difference(peptide, atoms[a], atoms[centre]), Difference(peptide, atoms[b], atoms[centre]),
                    Difference(peptide, atoms[c], atoms[centre])) > 0;
        }
        return wrong;
    }

    private static double[] Difference(Structure s, int i, int j) =>
        [.. Enumerable.Range(0, 3).Select(d => s.Positions[3 * i + d] - s.Positions[3 * j + d])];

    private static double Norm(double[] v) => Math.Sqrt(v.Sum(x => x * x));

    private static double Angle(Structure s, int i, int j, int k) =>
        Math.Acos(Difference(s, i, j).Zip(Difference(s, k, j), (a, b) => a * b).Sum() / Norm(Difference(s, i, j)) / Norm(Difference(s, k,
            j)));

    private static double Triple(double[] a, double[] b, double[] c) =>
        (a[1] * b[2] - a[2] * b[1]) * c[0] + (a[2] * b[0] - a[0] * b[2]) * c[1] + (a[0] * b[1] - a[1] * b[0]) * c[2];
}
