namespace MolSampling.Molecular.Formats;

/// <summary>
/// Compressed coordinates of XTC (F. van Hoesel's "3dfcoord"): whole numbers on a grid; atoms in groups of an anchor, stored in the frame's
/// bounding box, and up to eight followers, each stored as a small difference to the atom before it. How small is a scale that moves by one
/// step a group, up or down. In a group with followers the first two atoms change places, which puts the oxygen of a water behind its first
/// hydrogen and makes both its differences short. Reference: the xtc section of the GROMACS manual ("File formats").
/// </summary>
internal sealed class XtcCoordinates
{
    private const int FirstScale = 9, MostFollowers = 8, ScalesAround = 8;
    private const int MostGrid = int.MaxValue - 2;
    private const uint LargestPacked = 0xff_ffff; // an axis with more grid points is stored by itself

    /// <summary>Sizes of the ranges of differences: three numbers below the k-th fit in k bits, so they are about 2^(k/3). Part of the
    /// format.</summary>
    private static readonly int[] s_sizes =
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 10, 12, 16, 20, 25, 32, 40, 50, 64, 80, 101, 128, 161, 203, 256, 322, 406, 512, 645, 812, 1024, 1290,
            1625, 2048, 2580, 3250, 4096, 5060, 6501, 8192, 10321,
        13003, 16384, 20642, 26007, 32768, 41285, 52015, 65536, 82570, 104031, 131072, 165140, 208063, 262144, 330280, 416127, 524287,
            660561, 832255, 1048576, 1321122, 1664510, 2097152, 2642245,
        3329021, 4194304, 5284491, 6658042, 8388607, 10568983, 13316085, 16777216,
    ];

    private readonly XtcBits _bits = new();
    private readonly int[] _grid, _least = new int[3], _most = new int[3];
    private readonly uint[] _size = new uint[3];
    private readonly uint[] _followers = new uint[3 * MostFollowers];
    private int _boxBits; // of an anchor; 0 if every axis has its own width

    /// <summary>For frames of that many atoms.</summary>
    public XtcCoordinates(int atomCount) => _grid = new int[3 * atomCount];

    /// <summary>[3] lowest grid point of the frame last encoded.</summary>
    public ReadOnlySpan<int> Least => _least;

    /// <summary>[3] highest grid point.</summary>
    public ReadOnlySpan<int> Most => _most;

    /// <summary>The scale of the first group.</summary>
    public int Scale { get; private set; }

    /// <summary>Encodes a frame.</summary>
    /// <param name="positions">[3N], N at least 2.</param>
    /// <param name="precision">Grid points a unit of length.</param>
    /// <returns>The bit stream, valid until the next call.</returns>
    /// <exception cref="ArgumentException">A coordinate is not finite or beyond the grid.</exception>
    public ReadOnlySpan<byte> Encode(ReadOnlySpan<float> positions, float precision)
    {
        PutOnGrid(positions, precision);
        Scale = FirstScaleOfFrame();
        _bits.Clear();
        int scale = Scale, highest = Math.Min(s_sizes.Length - 1, scale + ScalesAround), lowest = highest - ScalesAround,
            count = _grid.Length / 3, lastRun = -1;
        for (int atom = 0; atom < count;)
        {
            int range = s_sizes[scale] / 2, lower = s_sizes[scale - 1] / 2;
            // up where neighbours in the file are near enough for a larger range to catch them, else down if this group's followers allow
            int change = scale < highest && atom > 0 && AreWithin(atom, atom - 1, s_sizes[highest] / 2) ? 1 : scale > lowest ? -1 : 0;
            bool hasFollowers = atom + 1 < count && AreWithin(atom, atom + 1, range);
            if (hasFollowers)
                Exchange(atom, atom + 1);
            AddAnchor(atom++);
            int run = 0;
            bool fitsLower = hasFollowers;
            for (; atom < count && run < MostFollowers && AreWithin(atom, atom - 1, range); atom++, run++)
            {
                long squared = 0;
                for (int d = 0; d < 3; d++)
                {
                    int difference = _grid[3 * atom + d] - _grid[3 * atom - 3 + d];
                    _followers[3 * run + d] = (uint)(difference + range);
                    squared += (long)difference * difference;
                }
                fitsLower &= squared < (long)lower * lower;
            }
            if (change < 0 && !fitsLower)
                change = 0;
            AddRun(run, change, ref lastRun);
            for (int k = 0; k < run; k++)
                _bits.AddTriple(_followers[3 * k], _followers[3 * k + 1], _followers[3 * k + 2], (uint)s_sizes[scale], (uint)s_sizes[scale],
                    scale);
            scale += change;
        }
        return _bits.Finish();
    }

    private void PutOnGrid(ReadOnlySpan<float> positions, float precision)
    {
        Array.Fill(_least, int.MaxValue);
        Array.Fill(_most, int.MinValue);
        for (int k = 0; k < _grid.Length; k++)
        {
            double scaled = Math.Round((double)positions[k] * precision, MidpointRounding.AwayFromZero);
            if (!(Math.Abs(scaled) <= MostGrid))
                throw new ArgumentException($"atom {k / 3 + 1} has a coordinate that XTC cannot hold: write dcd", nameof(positions));
            _grid[k] = (int)scaled;
            _least[k % 3] = Math.Min(_least[k % 3], _grid[k]);
            _most[k % 3] = Math.Max(_most[k % 3], _grid[k]);
        }
        for (int d = 0; d < 3; d++)
        {
            long size = (long)_most[d] - _least[d] + 1;
            if (size > MostGrid)
                throw new ArgumentException("the atoms lie too far apart for XTC: write dcd", nameof(positions));
            _size[d] = (uint)size;
        }
        bool isPacked = _size.All(s => s <= LargestPacked);
        _boxBits = isPacked ? XtcBits.Width((UInt128)_size[0] * _size[1] * _size[2]) : 0;
    }

    /// <summary>The first range as wide as the closest two neighbours in the file are apart.</summary>
    private int FirstScaleOfFrame()
    {
        long closest = long.MaxValue;
        for (int k = 3; k < _grid.Length; k += 3)
            closest = Math.Min(closest, Math.Abs((long)_grid[k] - _grid[k - 3]) + Math.Abs((long)_grid[k + 1] - _grid[k - 2])
                + Math.Abs((long)_grid[k + 2] - _grid[k - 1]));
        int scale = FirstScale;
        while (scale + 1 < s_sizes.Length && s_sizes[scale] < closest)
            scale++;
        return scale;
    }

    private bool AreWithin(int a, int b, int range)
    {
        for (int d = 0; d < 3; d++)
            if (Math.Abs((long)_grid[3 * a + d] - _grid[3 * b + d]) >= range)
                return false;
        return true;
    }

    private void Exchange(int a, int b)
    {
        for (int d = 0; d < 3; d++)
            (_grid[3 * a + d], _grid[3 * b + d]) = (_grid[3 * b + d], _grid[3 * a + d]);
    }

    private void AddAnchor(int atom)
    {
        Span<uint> place = stackalloc uint[3];
        for (int d = 0; d < 3; d++)
            place[d] = (uint)(_grid[3 * atom + d] - _least[d]);
        if (_boxBits > 0)
            _bits.AddTriple(place[0], place[1], place[2], _size[1], _size[2], _boxBits);
        else
            for (int d = 0; d < 3; d++)
                _bits.Add(place[d], XtcBits.Width(_size[d]));
    }

    /// <summary>One bit if neither the number of followers nor the scale changes; else both in five more.</summary>
    private void AddRun(int run, int change, ref int lastRun)
    {
        bool isSame = run == lastRun && change == 0;
        _bits.Add(isSame ? 0u : 1u, 1);
        if (!isSame)
            _bits.Add((uint)(3 * run + change + 1), 5);
        lastRun = run;
    }
}
