using MolSampling.Molecular.ForceFields.Amber;
using System.Runtime.InteropServices;
using MolSampling.Molecular.Coordinates;
using MolSampling.Molecular.Topologies;
using MolSampling.Potentials;

namespace MolSampling.Molecular.Chemistry;

/// <summary>MMFF94, or MMFF94s whose trigonal nitrogens are flatter, as in time-averaged structures.</summary>
public enum MmffVariant
{
    /// <summary>MMFF94.</summary>
    Mmff94,

    /// <summary>MMFF94s.</summary>
    Mmff94s,
}

/// <summary>A molecule that RDKit holds: the door to everything that needs chemistry. Not thread-safe.</summary>
public sealed class RDKitMolecule : IDisposable
{
    private const double AngstromPerNm = 1 / Units.NanometrePerAngstrom, Kj = Units.KilojoulePerKilocalorie;
    private static readonly string[] s_termNames = ["bond", "angle", "stretchBend", "outOfPlane", "torsion", "vanDerWaals",
        "electrostatic"];

    private readonly MoleculeHandle _handle;

    private RDKitMolecule(MoleculeHandle handle, string name, IReadOnlyList<StereoAxis>? axes = null, EnumeratedIsomer? number = null)
    {
        _handle = handle;
        NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_describe(handle));
        HasAddedHydrogens = NativeMethods.Ints[3] == 2;
        (Molecule molecule, bool coordinates, int[] classes, var allenes) = FlatRecord.Read(name, NativeMethods.Text, NativeMethods.Ints,
            NativeMethods.Doubles);
        if (coordinates)
        {
            NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_coordinates(handle));
            Coordinates = [.. NativeMethods.Doubles.Select(v => v * Units.NanometrePerAngstrom)];
        }
        Molecule = molecule with { Axes = axes ?? StereoAxes.Of(molecule, classes, Coordinates, allenes), Isomer = number };
    }

    /// <summary>Atoms, bonds, rings, stereo.</summary>
    public Molecule Molecule { get; }

    /// <summary>[N, 3] nm as read, hydrogens completed; null without three-dimensional coordinates.</summary>
    public double[]? Coordinates { get; }

    /// <summary>The residues, where it was made of such (<see cref="ResidueChemistry"/>), atoms in the same order; otherwise
    /// null.</summary>
    public Topology? Residues { get; internal set; }

    /// <summary>The parameters that it came with (<see cref="PrmtopChemistry"/>), atoms in the same order; otherwise null.</summary>
    public AmberPrmtop? Parameters { get; internal set; }

    /// <summary>Whether the coordinates were read without some of the hydrogens, which were added at ideal places.</summary>
    public bool HasAddedHydrogens { get; }

    /// <summary>Charges that came with the molecule, as text: the SDF field atom.dprop.PartialCharge, a number an atom, in the file's
    /// order. Null without.</summary>
    public string? GivenCharges { get; private init; }

    /// <summary>Names of the energies of <see cref="MmffTermEnergies"/>.</summary>
    public static IReadOnlyList<string> MmffTermNames => s_termNames;

    /// <summary>Parses a SMILES and adds hydrogens.</summary>
    /// <param name="smiles">The text.</param>
    /// <param name="name">Null for the SMILES itself.</param>
    /// <param name="source">What an error names; null for the SMILES itself.</param>
    /// <param name="line">1-based, 0 if not from a file.</param>
    /// <exception cref="MoleculeFormatException">It cannot be parsed.</exception>
    public static RDKitMolecule FromSmiles(string smiles, string? name = null, string? source = null, int line = 0)
    {
        RDKitLibrary.EnsureAvailable();
        if (smiles.Contains('\0', StringComparison.Ordinal))
            throw new MoleculeFormatException(source ?? "SMILES", line, "a zero byte in the text");
        string shown = smiles.Length > 80 ? smiles[..77] + "..." : smiles;
        if (SmilesBounds.WhyNot(smiles) is { } reason)
            throw new MoleculeFormatException(source ?? $"SMILES '{shown}'", line, reason);
        int status = NativeMethods.molrdkit_parse_smiles(smiles, out MoleculeHandle handle);
        return Create(status, handle, name ?? smiles, source ?? $"SMILES '{shown}'", line, source is null ? "" : $"SMILES '{shown}': ");
    }

    /// <summary>Reads one record of an SDF.</summary>
    /// <param name="block">The mol block, V2000 or V3000.</param>
    /// <param name="name">The record's name.</param>
    /// <param name="source">File name, for errors.</param>
    /// <param name="line">1-based line of the record's start.</param>
    /// <param name="addHydrogens">Whether missing hydrogens are added; false leaves the atoms exactly as they stand.</param>
    /// <param name="charges">The record's <see cref="GivenCharges"/>.</param>
    /// <exception cref="MoleculeFormatException">It cannot be read.</exception>
    public static RDKitMolecule FromMolBlock(string block, string name, string source, int line, bool addHydrogens = true,
        string? charges = null)
    {
        RDKitLibrary.EnsureAvailable();
        int status = NativeMethods.molrdkit_parse_molblock(block.Replace('\0', ' '), addHydrogens ? 1 : 0, out MoleculeHandle handle);
        return Create(status, handle, name, source, line, "", charges);
    }

    private static RDKitMolecule Create(int status, MoleculeHandle handle, string name, string source, int line, string prefix,
        string? charges = null)
    {
        if (status != 0)
        {
            string reason = string.Join(' ', NativeMethods.LastError.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            handle.Dispose();
            throw new MoleculeFormatException(source, line, prefix + reason);
        }
        return new RDKitMolecule(handle, name) { GivenCharges = charges };
    }

    /// <summary>One of the isomers that the input stands for, without coordinates and stereo groups.</summary>
    /// <param name="choice">What open elements are; see <see cref="StereoisomerEnumeration"/>.</param>
    /// <param name="name">Of the isomer.</param>
    /// <param name="number">Its place among the others; null to leave it open.</param>
    internal unsafe RDKitMolecule WithStereo(StereoChoice choice, string name, EnumeratedIsomer? number = null)
    {
        MoleculeHandle isomer;
        fixed (int* atoms = choice.Atoms, bonds = choice.Bonds)
            NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_with_stereo(_handle, atoms, bonds, out isomer));
        return new(isomer, name, [.. Molecule.Axes.Select((a, k) => choice.Axes[k] == 0 ? a : a with { Given = choice.Axes[k] })], number)
        {
            GivenCharges = GivenCharges,
            Residues = Residues,
            Parameters = Parameters,
        };
    }

    /// <summary>All MMFF parameters.</summary>
    /// <exception cref="ParameterizationException">Some atoms have no type, lose their charge by it, or have unpaired electrons: the
    /// message names them.</exception>
    /// <exception cref="MoleculeFormatException">There are more pairs of atoms than fit into memory.</exception>
    public MmffTerms MmffTerms(MmffVariant variant)
    {
        const double bytesOfPair = 100; // with its parameters, here and in RDKit
        double pairs = 0.5 * Molecule.Atoms.Count * Molecule.Atoms.Count;
        if (MachineMemory.WhyNot($"{pairs:n0} pairs of {Molecule.Atoms.Count:n0} atoms", bytesOfPair * pairs) is { } reason)
            throw new MoleculeFormatException(Molecule.Name, 0, reason);
        ThrowIfUntyped(NativeMethods.molrdkit_mmff_terms(_handle, (int)variant), variant);
        return FlatRecord.ReadMmff(Molecule.Atoms.Count, NativeMethods.Ints, NativeMethods.Doubles);
    }

    /// <summary>Energies and forces by RDKit's own MMFF code, the independent reference.</summary>
    /// <param name="variant">MMFF94 or MMFF94s.</param>
    /// <param name="positions">[B, N, 3] nm.</param>
    /// <param name="energies">[B] kJ/mol.</param>
    /// <param name="forces">[B, N, 3] kJ/mol/nm, or empty.</param>
    public unsafe void MmffEnergies(MmffVariant variant, ReadOnlySpan<double> positions, Span<double> energies, Span<double> forces)
    {
        double[] x = InAngstrom(positions, energies.Length);
        if (!forces.IsEmpty && forces.Length != x.Length)
            throw new ArgumentException("Forces need one number a coordinate.");
        fixed (double* px = x, pe = energies, pf = forces)
            ThrowIfUntyped(NativeMethods.molrdkit_mmff_energies(_handle, (int)variant, -1, px, new CLong(energies.Length), pe, pf),
                variant);
        for (int b = 0; b < energies.Length; b++)
            energies[b] *= Kj;
        for (int k = 0; k < forces.Length; k++)
            forces[k] *= -Kj * AngstromPerNm;
    }

    /// <summary>Minimises conformers one by one in RDKit's own MMFF (BFGS).</summary>
    /// <param name="variant">MMFF94 or MMFF94s.</param>
    /// <param name="positions">[B, N, 3] nm, replaced by the minima.</param>
    /// <param name="energies">[B] kJ/mol, of the minima.</param>
    /// <param name="maxIterations">For each conformer.</param>
    /// <returns>How many converged.</returns>
    public unsafe int MmffMinimise(MmffVariant variant, Span<double> positions, Span<double> energies, int maxIterations)
    {
        double[] x = InAngstrom(positions, energies.Length);
        fixed (double* px = x, pe = energies)
            ThrowIfUntyped(NativeMethods.molrdkit_mmff_minimise(_handle, (int)variant, px, new CLong(energies.Length), maxIterations, pe),
                variant);
        int converged = NativeMethods.Ints.Count(status => status == 0);
        for (int k = 0; k < x.Length; k++)
            positions[k] = x[k] * Units.NanometrePerAngstrom;
        for (int b = 0; b < energies.Length; b++)
            energies[b] *= Kj;
        return converged;
    }

    /// <summary>RDKit's energies of one conformer term by term, kJ/mol, in the order of <see cref="MmffTermNames"/>.</summary>
    /// <param name="variant">MMFF94 or MMFF94s.</param>
    /// <param name="positions">[N, 3] nm.</param>
    public unsafe double[] MmffTermEnergies(MmffVariant variant, ReadOnlySpan<double> positions)
    {
        double[] x = InAngstrom(positions, 1);
        var energies = new double[s_termNames.Length];
        fixed (double* px = x, pe = energies)
            for (int term = 0; term < energies.Length; term++)
                ThrowIfUntyped(NativeMethods.molrdkit_mmff_energies(_handle, (int)variant, term, px, new CLong(1), pe + term, null),
                    variant);
        return [.. energies.Select(e => e * Kj)];
    }

    /// <summary>Conformers by ETKDGv3. Conformer n of a seed does not depend on how many are asked for.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">First seed.</param>
    /// <param name="limit">Hard limit: heard between RDKit's attempts, and an attempt that goes on for long after it is abandoned.</param>
    /// <param name="like">[N, 3] nm, a geometry whose stereo all conformers have where the input leaves it open; null for that of the first
    /// one.</param>
    public Embedding Embed(int count, int seed, TimeSpan limit, float[]? like = null)
    {
        double grace = Math.Max(0.5, 0.05 * limit.TotalSeconds); // s
        return HardLimit.TryRun(() => EmbedNow(count, seed, limit, like),
            TimeSpan.FromSeconds(Math.Min(1e9, Math.Max(0, limit.TotalSeconds) + grace)), out Embedding? embedding)
            ? embedding! : new([], 0, EmbeddingStatus.OutOfTime, "");
    }

    private unsafe Embedding EmbedNow(int count, int seed, TimeSpan limit, float[]? like)
    {
        double[]? x0 = like is null ? null : InAngstrom([.. like.Select(v => (double)v)], 1);
        fixed (double* p = x0)
            NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_embed(_handle, count, seed, Math.Max(0, limit.TotalSeconds), p));
        int[] ints = NativeMethods.Ints;
        double[] x = NativeMethods.Doubles;
        int size = 3 * Molecule.Atoms.Count;
        float[][] conformers =
            [.. Enumerable.Range(0, ints[0]).Select(c => x.AsSpan(c * size, size).ToArray().Select(v =>
            (float)(v * Units.NanometrePerAngstrom)).ToArray())];
        return new(conformers, ints[1], (EmbeddingStatus)ints[2], NativeMethods.Text);
    }

    /// <summary>The isomeric SMILES that a geometry has.</summary>
    /// <param name="positions">[N, 3] nm.</param>
    public unsafe string SmilesOf(ReadOnlySpan<float> positions)
    {
        double[] x = new double[positions.Length];
        for (int k = 0; k < x.Length; k++)
            x[k] = positions[k] * AngstromPerNm;
        fixed (double* px = x)
            NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_smiles_from_coordinates(_handle, px));
        return NativeMethods.Text;
    }

    /// <summary>Permutations of the heavy atoms that leave the bond graph unchanged, as maps over all atoms; hydrogens follow their atoms
    /// in order.</summary>
    /// <param name="max">At most so many.</param>
    /// <param name="truncated">Whether there are more.</param>
    public IReadOnlyList<int[]> Automorphisms(int max, out bool truncated)
    {
        NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_automorphisms(_handle, max));
        int[] ints = NativeMethods.Ints;
        int heavy = ints[0];
        truncated = ints[1] != 0;
        return heavy == 0 ? [[.. Enumerable.Range(0, Molecule.Atoms.Count)]] : FlatRecord.ReadAutomorphisms(Molecule, ints.AsSpan(2),
            heavy);
    }

    /// <summary>
    /// The numberings that a heavy-atom RMSD takes for equivalent, by the rule of RDKit's getBestRMS: hydrogens and stereo are not looked
    /// at, and terminal oxygens or nitrogens of one conjugated group (carboxylate, nitro, guanidinium; of an acid as well) are alike
    /// whatever their bond orders and charges (rdkit #5322).
    /// </summary>
    /// <param name="max">At most so many.</param>
    /// <param name="truncated">Whether there are more.</param>
    /// <returns>For each numbering the images of the heavy atoms, which are taken by rising index.</returns>
    public IReadOnlyList<int[]> HeavyAtomSymmetries(int max, out bool truncated)
    {
        NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_heavy_symmetries(_handle, max));
        int[] ints = NativeMethods.Ints;
        int heavy = ints[0];
        truncated = ints[1] != 0;
        return heavy == 0 ? [[]] : [.. ints[(2 + heavy)..].Chunk(heavy)];
    }

    /// <summary>Atoms of each match of a SMARTS pattern.</summary>
    /// <exception cref="MolSampling.Potentials.Native.NativeException">The pattern cannot be parsed.</exception>
    public IReadOnlyList<int[]> Match(string smarts, int max = 10_000)
    {
        NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_match(_handle, smarts, max));
        int[] ints = NativeMethods.Ints;
        return ints.Length == 0 ? [] : [.. ints.AsSpan(1).ToArray().Chunk(ints[0])];
    }

    /// <summary>
    /// Matches of patterns with tagged atoms, [#6X4:1]-[#8:2], on MDL's model of aromaticity: what the rules of a SMIRNOFF force field see.
    /// Stereo is not looked at. A chain that matches both ways is there twice.
    /// </summary>
    /// <param name="patterns">SMARTS whose tags are 1, 2, ...</param>
    /// <returns>For each pattern its matches, for each match the atoms by their tags.</returns>
    /// <exception cref="MolSampling.Potentials.Native.NativeException">A pattern cannot be parsed; the message names it.</exception>
    public IReadOnlyList<IReadOnlyList<int[]>> MatchTagged(IReadOnlyList<string> patterns)
    {
        NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_match_tagged(_handle, string.Join('\n', patterns)));
        return FlatRecord.ReadTagged(NativeMethods.Ints, patterns.Count);
    }

    /// <summary>[N] equal numbers for atoms that the bond graph's symmetry exchanges; stereo and isotopes are not looked at.</summary>
    public int[] SymmetryClasses()
    {
        NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_symmetry_classes(_handle));
        return NativeMethods.Ints;
    }

    /// <summary>Gasteiger charges, [N] e.</summary>
    public double[] GasteigerCharges()
    {
        NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_gasteiger(_handle));
        return NativeMethods.Doubles;
    }

    /// <summary>The least heavy-atom RMSD of two conformers over all equivalent numberings, nm.</summary>
    /// <param name="first">[N, 3] nm.</param>
    /// <param name="second">[N, 3] nm.</param>
    public unsafe double BestRmsd(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        double[] a = InAngstrom(first, 1), b = InAngstrom(second, 1);
        fixed (double* pa = a, pb = b)
            NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_best_rmsd(_handle, pa, pb));
        return NativeMethods.Doubles[0] * Units.NanometrePerAngstrom;
    }

    /// <summary>A drawing whose atoms bear their numbers, from 1.</summary>
    /// <param name="hydrogens">Hydrogens that are drawn too: those of torsions, for example.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    public unsafe MoleculeDrawing Draw(IEnumerable<int> hydrogens, int width = 420, int height = 300)
    {
        int[] kept = [.. hydrogens.Distinct()];
        fixed (int* first = kept)
            NativeMethods.ThrowIfFailed(NativeMethods.molrdkit_draw(_handle, width, height, first, kept.Length));
        return new(MoleculeDrawing.Harmless(NativeMethods.Text), width, height, NativeMethods.Ints, NativeMethods.Doubles);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private double[] InAngstrom(ReadOnlySpan<double> positions, int batch)
    {
        if (positions.Length != batch * 3 * Molecule.Atoms.Count)
            throw new ArgumentException($"{batch} conformers of {Molecule.Atoms.Count} atoms need {batch * 3 * Molecule.Atoms.Count} coordinates, not {positions.Length}.");
        var x = new double[positions.Length];
        for (int k = 0; k < x.Length; k++)
            x[k] = positions[k] * AngstromPerNm;
        return x;
    }

    private void ThrowIfUntyped(int status, MmffVariant variant)
    {
        if (status != 1)
        {
            NativeMethods.ThrowIfFailed(status);
            return;
        }
        int[] atoms = NativeMethods.Ints;
        if (atoms.Length > 0 && Molecule.Atoms[atoms[0]].RadicalElectrons > 0)
            throw new ParameterizationException($"atom {atoms[0] + 1} ({Molecule.Atoms[atoms[0]].Symbol}) has an unpaired electron, which MMFF94 does not describe", atoms);
        string force = variant == MmffVariant.Mmff94s ? "MMFF94s" : "MMFF94";
        string named = string.Join(", ", atoms.Take(5).Select(a => $"{a + 1} ({Molecule.Atoms[a].Symbol}{Charge(Molecule.Atoms[a])})"));
        throw new ParameterizationException(
            $"{force} has no type for atom{(atoms.Length > 1 ? "s" : "")} {named}{(atoms.Length > 5 ? ", ..." : "")}; a system parameterised elsewhere can be run through OpenMM", atoms);
    }

    private static string Charge(Atom atom) => atom.FormalCharge == 0 ? "" : atom.FormalCharge.ToString("+0;-0",
        System.Globalization.CultureInfo.InvariantCulture);
}
