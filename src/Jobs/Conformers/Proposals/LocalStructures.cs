using MolSampling.Molecular.Coordinates;
using MolSampling.Potentials;
using MolSampling.Sampling;
using MolSampling.Sampling.Kernels;

namespace MolSampling.Jobs.Conformers.Proposals;

/// <summary>
/// The discrete part of a molecule's conformations: which way its rings pucker and its pyramidal nitrogens point. A state is the signs of
/// the endocyclic torsions (flat within 20 degrees) and of the nitrogens' improper torsions; its structure is the lowest minimum found
/// there. Turning a rotor changes none of them.
/// </summary>
public sealed class LocalStructures
{
    private const int Fewest = 12, Most = 48; // states that are kept, as many as their tables can be made for
    private const int Tables = 240; // of torsions and pairs of them, in all states together
    private const double Flat = 20 * Math.PI / 180, Window = 40; // kJ/mol above the lowest minimum
    private const int NearSigns = 2; // from - to +, or two to or from flat

    private readonly TorsionCoordinate[] _coordinates;
    private readonly sbyte[][] _keys; // [S]
    private readonly int[][] _near; // [S]

    private LocalStructures(TorsionCoordinate[] coordinates, sbyte[][] keys, float[][] structures, double[] energies, int found,
        double lowestLeftOut) =>
        (_coordinates, _keys, Structures, Energies, Found, LowestLeftOut, _near) = (coordinates, keys, structures, energies, found,
            lowestLeftOut,
            [.. keys.Select(k => Enumerable.Range(0, keys.Length).Where(s => Distance(k, keys[s]) <= NearSigns).ToArray())]);

    /// <summary>[S][N, 3] nm, lowest energy first.</summary>
    public IReadOnlyList<float[]> Structures { get; }

    /// <summary>[S] kJ/mol.</summary>
    public IReadOnlyList<double> Energies { get; }

    /// <summary>States seen, kept or not.</summary>
    public int Found { get; }

    /// <summary>kJ/mol above the lowest, of the states that are not kept; infinite where all are.</summary>
    public double LowestLeftOut { get; }

    /// <summary>Relaxes conformers and keeps the lowest of each state.</summary>
    /// <param name="space">Names rings and nitrogens.</param>
    /// <param name="rotors">T, whose tables each state has.</param>
    /// <param name="potential">U; minima outside its support are not used.</param>
    /// <param name="conformers">[..][N, 3] nm, at least one.</param>
    /// <param name="images">Of a structure: symmetry and mirror make others of the same energy. A state whose images are missing would be
    /// visited in a part of them only, and no chain would show it.</param>
    /// <param name="threads">0 for all cores.</param>
    /// <param name="cancellation">Ends the relaxing early.</param>
    public static LocalStructures Of(TorsionSpace space, int rotors, Potential potential, IReadOnlyList<float[]> conformers,
        Func<float[], IEnumerable<float[]>> images, int threads, CancellationToken cancellation)
    {
        TorsionCoordinate[] coordinates = [.. space.Coordinates.Where(c => c.Kind != TorsionKind.Rotor)];
        (float[][] relaxed, double[] energies) = Relax(potential, conformers, threads, cancellation);
        int[] usable = [.. Enumerable.Range(0, relaxed.Length).Where(n => double.IsFinite(energies[n])
            && (potential.Support?.Contains(relaxed[n], 1, 0) ?? true))];
        if (usable.Length == 0)
        {
            (relaxed, usable) = ([conformers[0]], [0]); // no minimum is of the isomer: the embedding is
            energies = [0];
        }
        var best = new Dictionary<string, (sbyte[] Key, float[] X, double Energy)>(StringComparer.Ordinal);
        void Add(float[] x, double energy, bool isImage)
        {
            sbyte[] key = Key(coordinates, x, 1, 0);
            string name = Convert.ToHexString(Array.ConvertAll(key, v => (byte)(v + 1)));
            if (!best.TryGetValue(name, out (sbyte[] Key, float[] X, double Energy) known) || (!isImage && energy < known.Energy))
                best[name] = (key, x, energy);
        }
        foreach (int n in usable)
            Add(relaxed[n], energies[n], false);
        foreach ((_, float[] x, double energy) in best.Values.ToArray())
            foreach (float[] image in images(x))
                Add(image, energy, true);
        (sbyte[] Key, float[] X, double Energy)[] found = [.. best.OrderBy(k => k.Value.Energy).ThenBy(k => k.Key,
            StringComparer.Ordinal).Select(k => k.Value)], kept = [.. found.Where(k => k.Energy <= found[0].Energy + Window).Take(
            MostOf(rotors))];
        return new(coordinates, [.. kept.Select(k => k.Key)], [.. kept.Select(k => k.X)], [.. kept.Select(k => k.Energy)], found.Length,
            found.Length > kept.Length ? found[kept.Length].Energy - found[0].Energy : double.PositiveInfinity);
    }

    /// <summary>States that are kept of a molecule.</summary>
    /// <param name="rotors">T.</param>
    public static int MostOf(int rotors) => Math.Clamp(Tables / (1 + rotors * (rotors + 1) / 2), Fewest, Most);

    /// <summary>Some of the states: configurations of the others count as the nearest of these.</summary>
    /// <param name="states">Kept, in their new order.</param>
    public LocalStructures Keep(IReadOnlyList<int> states) =>
        new(_coordinates, [.. states.Select(s => _keys[s])], [.. states.Select(s => Structures[s])], [.. states.Select(s => Energies[s])],
            Found, LowestLeftOut);

    /// <summary>Minima reached from conformers by FIRE, and their energies, kJ/mol.</summary>
    internal static (float[][] Positions, double[] Energies) Relax(Potential potential, IReadOnlyList<float[]> conformers, int threads,
        CancellationToken cancellation)
    {
        float[][] relaxed = [.. conformers.Select(c => c.ToArray())];
        double[] energies = new double[relaxed.Length];
        int width = potential.BlockWidth;
        Parallel.For(0, (relaxed.Length + width - 1) / width, ParallelWork.Options(potential.ThreadsFor(threads), CancellationToken.None),
            b =>
        {
            using var block = new WalkerBlock(potential, 0);
            int count = Math.Min(width, relaxed.Length - b * width);
            for (int lane = 0; lane < width; lane++)
                block.SetPositions(lane, relaxed[b * width + Math.Min(lane, count - 1)]);
            FireMinimiser.Minimise(potential, block, 1, 3000, cancellation);
            for (int lane = 0; lane < count; lane++)
            {
                block.CopyPositions(lane, relaxed[b * width + lane]);
                energies[b * width + lane] = block.Energies[lane];
            }
        });
        return (relaxed, energies);
    }

    /// <summary>The state that a walker is in, or the nearest of those known.</summary>
    /// <param name="positions">[3N, W] nm.</param>
    /// <param name="width">W.</param>
    /// <param name="lane">The walker.</param>
    public int StateOf(ReadOnlySpan<float> positions, int width, int lane)
    {
        if (_keys.Length == 1)
            return 0;
        sbyte[] key = Key(_coordinates, positions, width, lane);
        (int State, int Distance) nearest = (0, int.MaxValue);
        for (int s = 0; s < _keys.Length && nearest.Distance > 0; s++)
        {
            int distance = Distance(key, _keys[s]);
            if (distance < nearest.Distance)
                nearest = (s, distance);
        }
        return nearest.State;
    }

    /// <summary>A state and those that differ from it by a sign or two steps to or from flat: wells that share a border.</summary>
    internal int[] Near(int state) => _near[state];

    private static int Distance(sbyte[] a, sbyte[] b)
    {
        int distance = 0;
        for (int c = 0; c < a.Length; c++)
            distance += Math.Abs(a[c] - b[c]);
        return distance;
    }

    private static sbyte[] Key(TorsionCoordinate[] coordinates, ReadOnlySpan<float> x, int width, int lane)
    {
        var key = new sbyte[coordinates.Length];
        for (int c = 0; c < key.Length; c++)
        {
            TorsionCoordinate t = coordinates[c];
            double angle = LaneGeometry.Dihedral(x, width, lane, t.I, t.J, t.K, t.L);
            // 0 of what is no geometry
            key[c] = (sbyte)(t.Kind == TorsionKind.Ring && Math.Abs(angle) < Flat ? 0 : angle > 0 ? 1 : angle < 0 ? -1 : 0);
        }
        return key;
    }
}
