namespace MolSampling.Potentials.Engine;

/// <summary>
/// A force-field term: one formula and the names of its parameters. Implement one of the interfaces below by a struct, in one file of
/// Terms/: for a struct the compiler makes code of its own and inlines the formula into the loop; for a class it would share code and call.
/// </summary>
public interface ITerm
{
    /// <summary>The name in reports, for example "bond".</summary>
    static abstract string Name { get; }

    /// <summary>Names and units of the parameters of one interaction, in order.</summary>
    static abstract IReadOnlyList<string> ParameterNames { get; }
}

/// <summary>A term of one atom's position (an external field).</summary>
public interface IOneBodyTerm : ITerm
{
    /// <summary>Energy (kJ/mol) and force on a (kJ/mol/nm).</summary>
    static abstract T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, out Vec3<T> forceA) where T : unmanaged, ILane<T>;
}

/// <summary>A bonded term of two atoms; the force on b is the opposite of that on a.</summary>
public interface ITwoBodyTerm : ITerm
{
    /// <summary>Energy (kJ/mol) and force on a (kJ/mol/nm).</summary>
    static abstract T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, out Vec3<T> forceA) where T : unmanaged, ILane<T>;
}

/// <summary>A term of three atoms; the force on b is the opposite of the others' sum.</summary>
public interface IThreeBodyTerm : ITerm
{
    /// <summary>Energy (kJ/mol) and forces on a and c (kJ/mol/nm).</summary>
    static abstract T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, out Vec3<T> forceA, out Vec3<T> forceC)
        where T : unmanaged, ILane<T>;
}

/// <summary>A term of four atoms; the force on b is the opposite of the others' sum.</summary>
public interface IFourBodyTerm : ITerm
{
    /// <summary>Energy (kJ/mol) and forces on a, c and d (kJ/mol/nm).</summary>
    static abstract T Evaluate<T>(ParameterRow<T> p, Vec3<T> a, Vec3<T> b, Vec3<T> c, Vec3<T> d, out Vec3<T> forceA, out Vec3<T> forceC,
        out Vec3<T> forceD) where T : unmanaged, ILane<T>;
}

/// <summary>A term of the distance alone; several share one loop over pairs, which computes the distance once.</summary>
public interface IRadialTerm : ITerm
{
    /// <summary>Whether stages pay (<see cref="PairStages{TFirst, TSecond, TSpace}"/>): measured.</summary>
    static virtual bool IsLong => false;

    /// <summary>Energy (kJ/mol) and force -dE/dr (kJ/mol/nm, positive where it drives apart) at distance r (nm), whose inverse is at
    /// hand.</summary>
    static abstract T Evaluate<T>(ParameterRow<T> p, T r, T inverse, out T force) where T : unmanaged, ILane<T>;
}
