using System.Formats.Tar;
using System.IO.Compression;
using MolSampling.Molecular.ForceFields.Amber;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.OpenMM;

namespace MolSampling.Tests.ForceFields;

/// <summary>Energies and forces against OpenMM's Reference platform, term by term: 1e-6 in double, 1e-5 in single-precision
/// lanes.</summary>
public sealed class ParityTests
{
    private const string AminoAcids = "ALA ARG ASN ASP CYS GLN GLU GLY HIE ILE LEU LYS MET PHE PRO SER THR TRP TYR VAL";

    public ParityTests() => Skip.IfNot(OpenMMLibrary.IsAvailable, OpenMMLibrary.Problem);

    private static (AmberPrmtop Prmtop, double[] Positions) Alanine() => (
        AmberPrmtop.Read(SharedData.Require("alanine-dipeptide/alanine-dipeptide.prmtop")),
        AmberCoordinates.Read(SharedData.Require("alanine-dipeptide/alanine-dipeptide.crd")));

    [SkippableTheory]
    [InlineData(null)]
    [InlineData(BornModel.Obc1)]
    [InlineData(BornModel.Obc2)]
    [InlineData(BornModel.Gbn)]
    [InlineData(BornModel.Gbn2)]
    public void Alanine_dipeptide_from_prmtop(BornModel? model)
    {
        (AmberPrmtop prmtop, double[] x) = Alanine();
        Agree(model is { } solvent ? prmtop.WithImplicitSolvent(solvent) : prmtop.System, x);
    }

    [SkippableTheory]
    [InlineData("ff14SB")]
    [InlineData("ff99SB-ILDN")]
    public void All_capped_amino_acids_and_three_tetrapeptides(string forceField)
    {
        ForceField field = ForceField.Load(forceField, "obc2");
        foreach (string sequence in AminoAcids.Split(' ').Select(a => $"ACE-{a}-NME").Concat(["A-V-E-K", "F-Y-W-G",
            "ACE-CYS-PRO-HIE-MET-NME"]))
        {
            Structure peptide = PeptideBuilder.Build(sequence);
            Agree(field.Parameterize(peptide.Topology), peptide.Positions);
        }
    }

    [SkippableTheory]
    [InlineData("gbn")]
    [InlineData("gbn2")]
    public void Peptides_in_solvents_with_necks(string solvent)
    {
        // charged side chains between caps and at charged ends, and sulphur, whose sphere is negative in GBn2
        ForceField field = ForceField.Load("ff14SB", solvent);
        foreach (string sequence in new[] { "ACE-ALA-NME", "ACE-K-D-R-E-NME", "R-E-W", "ACE-CYS-MET-NME" })
        {
            Structure peptide = PeptideBuilder.Build(sequence);
            Agree(field.Parameterize(peptide.Topology), peptide.Positions);
        }
    }

    [SkippableTheory]
    [InlineData("gbn", "0.361825*Ineck", "0.3622*Ineck")]
    [InlineData("gbn2", "0.826836*Ineck", "0.8276*Ineck")]
    [InlineData("gbn2", "getm0(radindex1,radindex2)", "getm0(radindex2,radindex1)")] // whose integral it is
    public void A_wrong_neck_is_seen(string solvent, string right, string wrong)
    {
        Structure peptide = PeptideBuilder.Build("ACE-ALA-NME");
        ClassicalSystem system = ForceField.Load("ff14SB", solvent).Parameterize(peptide.Topology);
        string xml = SystemXml.Write(system), other = xml.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(xml, other);
        Assert.True(TermParity.Compare("neck", system, other, TermParity.Thermal(peptide.Positions)) is { EnergyError: > 1e-6,
            ForceError: > 1e-6 });
    }

    [SkippableFact]
    public void Twenty_FreeSolv_solutes()
    {
        var files = new Dictionary<string, string>();
        string folder = Directory.CreateTempSubdirectory("molsampling-freesolv-").FullName;
        try
        {
            using (var gzip = new GZipStream(File.OpenRead(SharedData.Require("freesolv/amber.tar.gz")), CompressionMode.Decompress))
            using (var tar = new TarReader(gzip))
                while (files.Count < 60 && tar.GetNextEntry() is { } entry)
                    if (entry.EntryType == TarEntryType.RegularFile)
                        entry.ExtractToFile(files[Path.GetFileName(entry.Name)] = Path.Combine(folder, Path.GetFileName(entry.Name)), true);
            string[] solutes = [.. files.Keys.Where(f => f.EndsWith(".prmtop", StringComparison.Ordinal)
                && files.ContainsKey(Path.ChangeExtension(f, ".inpcrd"))).Order().Take(20)];
            Assert.InRange(solutes.Length, 19, 20);
            foreach (string solute in solutes)
                Agree(AmberPrmtop.Read(files[solute]).System, AmberCoordinates.Read(files[Path.ChangeExtension(solute, ".inpcrd")]));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [SkippableFact]
    public void A_fluid_in_a_box_with_cut_off_switch_and_reaction_field()
    {
        // 64 charged Lennard-Jones particles on a distorted lattice, some of them bonded
        var particles = Enumerable.Range(0, 64).Select(i => new NonbondedParticle(i % 2 == 0 ? 0.3 : -0.3, 0.3 + 0.01 * (i % 3),
            0.6)).ToArray();
        double[] x = [.. Enumerable.Range(0, 64).SelectMany(i => new[] { 0.4 * (i % 4), 0.4 * (i / 4 % 4), 0.4 * (i / 16) }).Select((v,
            k) => v + 0.03 * Math.Sin(3.3 * k))];
        foreach (double? switching in new double?[] { null, 0.6 })
        {
            foreach (RectangularBox? box in new RectangularBox?[] { null, new RectangularBox(1.6, 1.7, 1.8) })
            {
                var system = new ClassicalSystem
                {
                    Masses = [.. Enumerable.Repeat(40.0, 64)],
                    Particles = particles,
                    Exceptions = [new(0, 1, 0, 0.3, 0), new(2, 3, -0.05, 0.31, 0.3)],
                    Reach = new(0.75, switching, 78.3, box),
                };
                Agree(system, x);
                Agree(SystemXml.Read(SystemXml.Write(system)), x); // and after a round trip
            }
        }
    }

    [SkippableFact]
    public void A_system_with_restraints_and_odd_phases_survives_System_XML_both_ways()
    {
        (AmberPrmtop prmtop, double[] x) = Alanine();
        ClassicalSystem system = prmtop.WithImplicitSolvent(BornModel.Obc2) with
        {
            Restraints = [new(3, 500, 0.1, 0.2, 0.3), new(7, 900, 0, 0.5, 0.1)],
            Torsions = [.. prmtop.System.Torsions, new(4, 6, 8, 14, 5, 1.234, 2.5), new(6, 8, 14, 16, 6, -0.7, 1.5)],
        };
        Agree(system, x);
        Assert.Equal(SystemXml.Write(system), SystemXml.Write(SystemXml.Read(SystemXml.Write(system))));
        using var native = OpenMMSystem.FromXml(SystemXml.Write(system));
        Assert.Equal(SystemXml.Write(system), SystemXml.Write(SystemXml.Read(native.ToXml()))); // as OpenMM writes it
    }

    [SkippableFact]
    public void A_wrong_parameter_is_seen()
    {
        (AmberPrmtop prmtop, double[] x) = Alanine();
        ClassicalSystem system = prmtop.WithImplicitSolvent(BornModel.Obc2),
            wrong = system with { Bonds = [system.Bonds[0] with { K = system.Bonds[0].K * 1.001 }, .. system.Bonds.Skip(1)] };
        Assert.True(TermParity.Compare("bonds", wrong, SystemXml.Write(system), TermParity.Thermal(x)).ForceError > 1e-6);
        ClassicalSystem radius = system with { ImplicitSolvent = system.ImplicitSolvent! with { Radii =
            [.. system.ImplicitSolvent.Radii.Select((r, i) => i == 5 ? r * 1.001 : r)] } };
        Assert.True(TermParity.Compare("solvent", radius, SystemXml.Write(system), TermParity.Thermal(x)).EnergyError > 1e-6);
    }

    [Theory]
    [InlineData("<System type=\"System\" version=\"1\"><Particles><Particle mass=\"1\"/></Particles><Forces><Force type=\"CustomCVForce\"/></Forces></System>", "CustomCVForce")]
    [InlineData("<System type=\"System\"><Particles><Particle mass=\"1\"/></Particles>\n<Constraints><Constraint p1=\"0\" p2=\"0\" d=\"1\"/></Constraints></System>", "line 2: the engine has no constraints")]
    [InlineData("<System type=\"System\"><Particles><Particle mass=\"heavy\"/></Particles></System>", "'heavy'")]
    [InlineData("<System type=\"System\"><Particles><Particle mass=\"1\"/></Particles><Forces><Force type=\"HarmonicBondForce\"><Bonds><Bond p1=\"0\" p2=\"9\" d=\"1\" k=\"1\"/></Bonds></Force></Forces></System>", "names particle 9; it must lie between 0 and 0")]
    [InlineData("<System", "line 1")]
    [InlineData("<State/>", "where <System> is expected")]
    public void What_the_engine_cannot_hold_is_named(string xml, string named) =>
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => SystemXml.Read(xml)).Message, StringComparison.Ordinal);

    [SkippableFact]
    public void A_damaged_prmtop_is_one_line_with_its_place()
    {
        string folder = Directory.CreateTempSubdirectory("molsampling-prmtop-").FullName;
        try
        {
            string good = File.ReadAllText(SharedData.Require("alanine-dipeptide/alanine-dipeptide.prmtop"));
            string Message(string text)
            {
                string path = Path.Combine(folder, "bad.prmtop");
                File.WriteAllText(path, text);
                return Assert.Throws<MoleculeFormatException>(() => AmberPrmtop.Read(path)).Message;
            }
            Assert.Contains("is the file cut off?", Message(good[..(good.IndexOf("%FLAG MASS", StringComparison.Ordinal) + 300)]),
                StringComparison.Ordinal);
            Assert.Contains("no %FLAG", Message("hello\n"), StringComparison.Ordinal);
            Assert.Matches("line \\d+: CHARGE: '2.0x636429E\\+00' is not a number",
                Message(good.Replace("2.04636429E+00 -6", "2.0x636429E+00 -6", StringComparison.Ordinal)));
            Assert.Contains("CMAP", Message(good + "%FLAG CMAP_COUNT\n%FORMAT(2I8)\n       1       1\n"), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static void Agree(ClassicalSystem system, double[] positions)
    {
        foreach (TermParityRow row in TermParity.Compare(system, TermParity.Thermal(positions)))
        {
            Assert.True(row.EnergyError < 1e-6 && row.ForceError < 1e-6, row.ToString());
            Assert.True(row.LaneEnergyError < 1e-5 && row.LaneForceError < 1e-5, row.ToString());
        }
    }
}
